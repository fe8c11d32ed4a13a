"""A substitute (代理) at a desk of the route: the work is his, the exclusions are both men's (TRUST.md 3, row X)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from core import books, clock
from core.constraints import name_of
from core.enums import Role
from core.locks import Busy, waiting_at_most
from core.models import RoleGrant
from core.services import accounts
from finance.documents_expenses import claim_facts
from finance.enums import Desk
from finance.expense_codes import CannotClaim
from finance.expense_codes import ExpenseRefusal as Refusal
from finance.models import Expense, ExpenseAct, Payment
from finance.selectors_expenses import reviewers_of, steps_of, waits_for
from finance.services import approvals
from tests.acts import acts
from tests.cast import DELEGATE, OTHER_BRANCH_OFFICER
from tests.finance.claims import Office, make_office, stand_in
from tests.finance.factories import AT, totals
from tests.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return make_office()


def refused(office: Office, expense: Expense, desk: str, code: Refusal) -> None:
    before = (Expense.objects.filter(pk=expense.pk).values().get(), expense.acts.count(), acts().count())
    with pytest.raises(CannotClaim) as refusal:
        office.sign(expense, desk)
    assert refusal.value.code is code
    assert (Expense.objects.filter(pk=expense.pk).values().get(), expense.acts.count(), acts().count()) == before
    assert totals(office.line)[1:] == (0, 0)


def test_a_substitute_signs_and_every_page_says_for_whom(office):
    expense = office.submitted()
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    substitute, away = office.user(DELEGATE), office.user(Role.BRANCH_OFFICER)
    assert list(Expense.objects.waiting_for(substitute)) == list(Expense.objects.waiting_for(away)) == [expense]
    assert substitute.name in waits_for(expense)

    office.sign(expense, DELEGATE)

    act = expense.acts.get(kind="approve")
    words = f"{substitute.name}（代{away.name}）"
    assert (act.actor, act.on_behalf_of, act.by) == (substitute, away, words)
    assert steps_of(expense)[-1].who == words
    assert [signed.by for signed in claim_facts(expense, AT.date())["signatures"]] == [words]
    assert acts().latest("position").data["on_behalf_of_id"] == away.pk
    stand_in(office, Role.TELLER, Role.ACCOUNTANT)
    assert waits_for(Expense.objects.get(pk=expense.pk)) == f"会计（代理：{office.user(Role.TELLER).name}）"
    for desk in (Role.ACCOUNTANT, Role.CHAIR):
        office.sign(expense, desk)
    office.pay(office.batch(Expense.objects.get(pk=expense.pk)))
    assert list(books.differences()) == []


@pytest.mark.parametrize("act", [approvals.return_expense, approvals.reject_expense])
def test_a_substitute_who_sends_it_back_says_for_whom(office, act):
    expense = office.submitted()
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)

    act(expense=expense, reason="缺清单", actor=office.user(DELEGATE), at=AT)

    assert expense.acts.latest("pk").on_behalf_of == office.user(Role.BRANCH_OFFICER)


def test_a_substitute_decides_no_claim_of_whom_he_stands_in_for_nor_his_own(office):
    stand_in(office, DELEGATE, Role.CHAIR)
    his, own = office.submitted(actor=Role.CHAIR), office.submitted(actor=DELEGATE)
    for expense in (his, own):
        for desk in (Role.BRANCH_OFFICER, Role.ACCOUNTANT):
            office.sign(expense, desk)

    refused(office, his, DELEGATE, Refusal.OWN)
    refused(office, his, Role.CHAIR, Refusal.OWN)
    refused(office, own, DELEGATE, Refusal.OWN)

    assert not Expense.objects.waiting_for(office.user(DELEGATE)).exists()
    office.sign(own, Role.CHAIR)


def test_none_of_the_two_signs_twice(office):
    """The branch's officer stands in for the chair: what he signed first he does not sign at the end."""
    stand_in(office, Role.BRANCH_OFFICER, Role.CHAIR)
    expense = office.submitted()
    for desk in (Role.BRANCH_OFFICER, Role.ACCOUNTANT):
        office.sign(expense, desk)

    refused(office, expense, Role.BRANCH_OFFICER, Refusal.SIGNED_BEFORE)

    office.sign(expense, Role.CHAIR)


def test_whom_he_signed_for_does_not_sign_again(office):
    """The officer for whom a member signed is the accountant's substitute: he does not sign at that desk either."""
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    stand_in(office, Role.BRANCH_OFFICER, Role.ACCOUNTANT)
    expense = office.sign(office.submitted(), DELEGATE)

    refused(office, expense, Role.BRANCH_OFFICER, Refusal.SIGNED_BEFORE)


def test_the_review_passes_to_the_staff_when_only_the_applicants_substitute_is_left(office):
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    branch, officer = office.fund.cast.branch.pk, office.user(Role.BRANCH_OFFICER).pk

    assert reviewers_of(branch) == sorted([officer, office.user(DELEGATE).pk])
    assert reviewers_of(branch, officer) == []
    assert office.submitted(actor=Role.BRANCH_OFFICER).route[0] == Desk.STAFF


def test_neither_a_cashier_nor_his_substitute_pays_what_one_of_them_asked_for_or_signed(office):
    own, signed = office.approved(300, Role.CASHIER), office.approved(200)
    stand_in(office, DELEGATE, Role.CASHIER)
    stand_in(office, Role.BRANCH_OFFICER, Role.CASHIER)

    for claim, payer in ((own, DELEGATE), (signed, Role.BRANCH_OFFICER)):
        with pytest.raises(CannotClaim) as refusal:
            office.batch(claim, actor=payer)
        assert refusal.value.code is Refusal.PAYER

    office.pay(office.batch(signed, actor=DELEGATE), DELEGATE)
    assert list(books.differences()) == []


@pytest.mark.parametrize("who", ["the substitution", "the office itself"])
def test_an_ended_delegation_is_no_more_work(office, who):
    expense, granted = office.submitted(), stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    ended = granted
    if who == "the office itself":
        ended = RoleGrant.objects.get(user=office.user(Role.BRANCH_OFFICER))

    accounts.end_grant(actor=office.user(Role.SECURITY_ADMIN), grant=ended, until_on=clock.today(), at=clock.now())

    assert not RoleGrant.objects.filter(pk=granted.pk).exists()
    assert not Expense.objects.waiting_for(office.user(DELEGATE)).exists()
    with pytest.raises(PermissionDenied):
        office.sign(expense, DELEGATE)
    assert not expense.acts.filter(kind="approve").exists()


def test_the_database_holds_it_too(office):
    expense = office.submitted()
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    stand_in(office, OTHER_BRANCH_OFFICER, Role.CASHIER)
    his = office.submitted(actor=Role.BRANCH_OFFICER)
    given = {"kind": "approve", "round": 1, "position": 0, "desk": "branch", "at": AT}

    def sign(constraint: str, claim: Expense, actor: str, behalf: str | None = None, **more) -> None:
        people = {"actor": office.user(actor), "on_behalf_of": office.user(behalf) if behalf else None}
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            ExpenseAct.objects.create(expense=claim, digest=claim.digest, **given | people | more)
        assert name_of(refusal.value) == constraint

    sign("expense_says_for_whom", expense, DELEGATE)
    sign("expense_says_for_whom", expense, DELEGATE, Role.CHAIR)
    sign("expense_says_for_whom", expense, Role.CHAIR, Role.BRANCH_OFFICER)
    sign("expense_signed_by_another", his, DELEGATE, Role.BRANCH_OFFICER, desk="staff")
    office.sign(expense, DELEGATE)
    later = {"position": 1, "desk": "accountant"}
    sign("expense_signed_once_by_one", expense, Role.BRANCH_OFFICER, **later)
    sign("expense_signed_once_by_one", expense, DELEGATE, Role.BRANCH_OFFICER, **later)


def test_the_database_lets_no_substitute_pay_for_his_principal(office):
    own, other = office.approved(300, Role.CASHIER), office.approved(200)
    stand_in(office, DELEGATE, Role.CASHIER)
    batch = office.batch(other, actor=DELEGATE)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Payment.objects.create(batch=batch, expense=own, amount=own.amount, digest=own.digest)

    assert name_of(refusal.value) == "payment_by_another"


@pytest.mark.django_db(transaction=True)
def test_a_delegation_is_not_ended_while_its_holder_signs():
    """The grant is held from the judgement to the commit; without that hold it is ended under his pen."""
    office = make_office()
    expense, granted = office.submitted(), stand_in(office, DELEGATE, Role.BRANCH_OFFICER)

    def end(_number: int) -> bool:
        """Whether nobody held it."""
        try:
            with transaction.atomic(), waiting_at_most(0.1), connection.cursor() as cursor:
                cursor.execute("SELECT FROM core_rolegrant WHERE id = %s FOR UPDATE", [granted.pk])
        except Busy:
            return False
        return True

    with transaction.atomic():
        office.sign(expense, DELEGATE)
        assert together(end, 1) == [False]

    assert together(end, 1) == [True]
