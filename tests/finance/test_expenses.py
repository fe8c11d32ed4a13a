"""Claims: what each service does, and each refusal with its code and nothing changed."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from core.enums import Role
from core.models import OutboxMessage
from finance.codes import CannotBook
from finance.codes import Refusal as BookRefusal
from finance.enums import ExpenseKind, ExpenseState, Side
from finance.expense_codes import CannotClaim
from finance.expense_codes import ExpenseRefusal as Refusal
from finance.models import Commitment, Expense, ExpenseAct, Invoice
from finance.selectors_expenses import steps_of, waits_for, warning_of
from finance.services import approvals, expenses
from tests.acts import acts
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER
from tests.finance.claims import ACCOUNT, DESKS, Office, make_bill, make_office
from tests.finance.factories import AT, totals, yuan

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return make_office()


def state_now(expense: Expense) -> tuple:
    row = Expense.objects.get(pk=expense.pk)
    return row.state, row.round, row.waits_for, row.digest, row.acts.count(), row.payments.count(), row.commitment_id


def refused(expense: Expense, call, code) -> None:
    """``call`` is refused with ``code`` and leaves claim, acts, money and audit as they were."""
    before, known, lines = state_now(expense), acts().count(), totals(expense.line)

    with pytest.raises((CannotClaim, CannotBook)) as refusal:
        call()

    assert refusal.value.code is code
    assert (state_now(expense), acts().count(), totals(expense.line)) == (before, known, lines)


def test_a_claim_goes_its_way_and_money_is_held_back_at_the_end(office):
    expense = office.submitted(300)
    assert (expense.state, expense.waits_for, expense.route) == (
        "submitted",
        "branch",
        ["branch", "accountant", "chair"],
    )
    assert totals(office.line) == (10_000, 0, 0)

    for desk in DESKS[:2]:
        office.sign(expense, desk)
        assert totals(office.line) == (10_000, 0, 0)
    done = office.sign(expense, Role.CHAIR)

    assert (done.state, done.waits_for) == (ExpenseState.APPROVED, "")
    assert totals(office.line) == (10_000, 300, 0)
    assert done.commitment.amount == yuan(300)
    assert [act.desk for act in done.acts.filter(kind="approve")] == ["branch", "accountant", "chair"]
    assert [step.what for step in steps_of(done)] == ["填报", "提交", "分工会负责人同意", "会计同意", "主席同意"]
    assert waits_for(done) == "出纳"


def test_the_account_is_sealed_and_in_no_entry(office):
    expense = office.submitted()

    assert ACCOUNT not in str(Expense.objects.filter(pk=expense.pk).values().get())
    assert expense.payee_account_last4 == "1234"
    assert Expense._meta.get_field("payee_account").take(expense) == ACCOUNT
    assert not [entry for entry in acts() if ACCOUNT in str(entry.data)]


def test_the_applicant_is_told(office):
    """Those whose turn it is: test_expense_turns.py."""
    expense = office.submitted()
    for desk in DESKS:
        office.sign(expense, desk)

    told = [row.args for row in OutboxMessage.objects.filter(name="notices.tell")]
    mine = [args["what"] for args in told if args["user"] == office.user(MEMBER).pk]
    assert mine == ["finance.expense_approved"]


def test_a_claim_that_came_back_is_signed_anew_from_the_first(office):
    expense = office.submitted()
    office.sign(expense, Role.BRANCH_OFFICER)
    approvals.return_expense(expense=expense, reason="缺清单", actor=office.user(Role.ACCOUNTANT), at=AT)

    changed = expenses.change_expense(
        expense=expense, actor=office.user(MEMBER), content=office.content(250, account=""), at=AT
    )
    again = expenses.submit_expense(expense=changed, actor=office.user(MEMBER), at=AT)

    assert (again.round, again.waits_for, again.amount) == (2, "branch", yuan(250))
    assert Expense._meta.get_field("payee_account").take(again) == ACCOUNT
    for desk in DESKS:
        again = office.sign(again, desk)
    assert totals(office.line)[1] == 250


def test_taking_an_approved_claim_back_voids_every_signature(office):
    expense = office.approved(300)

    back = expenses.reopen_content(expense=expense, reason="换收款账号", actor=office.user(MEMBER), at=AT)
    assert (back.state, back.commitment, totals(office.line)) == ("returned", None, (10_000, 0, 0))
    content = office.content(300, account="62220200009999")
    expenses.change_expense(expense=back, actor=office.user(MEMBER), content=content, at=AT)
    again = expenses.submit_expense(expense=back, actor=office.user(MEMBER), at=AT)

    assert again.digest != expense.digest
    assert again.waits_for == "branch"
    refused(again, lambda: office.sign(again, Role.CHAIR), Refusal.NOT_YOURS)


@pytest.mark.parametrize("stage", ["draft", "submitted", "approved"])
def test_withdrawing_frees_money_and_invoices(office, stage):
    bills = [make_bill(amount=300)]
    expense = getattr(office, stage)(300, bills=bills)

    gone = expenses.withdraw_expense(expense=expense, actor=office.user(MEMBER), at=AT)

    assert gone.state == ExpenseState.WITHDRAWN
    assert totals(office.line) == (10_000, 0, 0)
    assert office.submitted(300, bills=bills).state == ExpenseState.SUBMITTED


def test_an_invoice_pays_once_and_is_free_again_after_a_rejection(office):
    bills = [make_bill("２４１２ ａｂ００１", 300)]
    plain = [make_bill("2412AB001", 300)]
    first = office.submitted(300, bills=plain)
    second = office.draft(300, bills=[make_bill("2412AB001", 400)])
    assert expenses.rules.plain(bills[0].number) == plain[0].number

    submit = lambda: expenses.submit_expense(expense=second, actor=office.user(MEMBER), at=AT)  # noqa: E731
    refused(second, submit, Refusal.INVOICE_USED)
    approvals.reject_expense(expense=first, reason="不合规", actor=office.user(Role.BRANCH_OFFICER), at=AT)

    assert submit().state == ExpenseState.SUBMITTED


def test_a_returned_claim_keeps_its_invoices(office):
    bills = [make_bill(amount=300)]
    first = office.submitted(300, bills=bills)
    approvals.return_expense(expense=first, reason="缺清单", actor=office.user(Role.BRANCH_OFFICER), at=AT)
    expenses.change_expense(expense=first, actor=office.user(MEMBER), content=office.content(300, bills=bills), at=AT)
    second = office.draft(300, bills=bills)

    def submit():
        expenses.submit_expense(expense=second, actor=office.user(MEMBER), at=AT)

    refused(second, submit, Refusal.INVOICE_USED)
    assert Invoice.objects.filter(in_use=True).count() == 1


def test_where_an_invoice_is_used_is_told_to_whoever_may_see_it(office):
    bills = [make_bill(amount=300)]
    first = office.submitted(300, bills=bills)
    own, other = office.draft(300, bills=bills), office.draft(300, Role.HANDLER, bills=bills)

    with pytest.raises(CannotClaim) as to_me:
        expenses.submit_expense(expense=own, actor=office.user(MEMBER), at=AT)
    with pytest.raises(CannotClaim) as to_him:
        expenses.submit_expense(expense=other, actor=office.user(Role.HANDLER), at=AT)

    assert str(first) in to_me.value.message
    assert str(first) not in to_him.value.message


def test_above_the_limit_a_minute_is_named(office):
    below = office.submitted("4999.99", bills=[])
    above = office.draft(5000, bills=[])

    def submit():
        return expenses.submit_expense(expense=above, actor=office.user(MEMBER), at=AT)

    refused(above, submit, Refusal.NO_MINUTE)
    content = office.content(5000, bills=[], minute="工会委员会2022年第3次会议")
    expenses.change_expense(expense=above, actor=office.user(MEMBER), content=content, at=AT)
    assert submit().minute_rule.value == 5000
    assert below.minute_rule is None


def test_the_officers_own_claim_is_reviewed_by_union_staff(office):
    expense = office.submitted(300, Role.BRANCH_OFFICER)

    assert expense.route == ["staff", "accountant", "chair"]
    refused(expense, lambda: office.sign(expense, Role.BRANCH_OFFICER), Refusal.OWN)
    assert office.sign(expense, Role.UNION_STAFF).waits_for == "accountant"


def test_whoever_entered_it_signs_nothing(office):
    staff = office.user(Role.UNION_STAFF)
    officer = office.user(Role.BRANCH_OFFICER)
    expense = expenses.draft_expense(actor=staff, applicant=officer, content=office.content(), at=AT)
    expense = expenses.submit_expense(expense=expense, actor=staff, at=AT)

    refused(expense, lambda: office.sign(expense, Role.UNION_STAFF), Refusal.OWN)


def test_nobody_enters_for_others_but_union_staff(office):
    with pytest.raises(PermissionDenied):
        expenses.draft_expense(
            actor=office.user(MEMBER), applicant=office.user(Role.HANDLER), content=office.content(), at=AT
        )

    assert not Expense.objects.exists()


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"purpose": ""}, Refusal.NO_PURPOSE),
        ({"items": []}, Refusal.NO_ITEMS),
        ({"payee_name": ""}, Refusal.NO_PAYEE),
        ({"account": ""}, Refusal.ACCOUNT),
    ],
)
def test_a_draft_that_does_not_say_enough(office, how, code):
    with pytest.raises(CannotClaim) as refusal:
        office.draft(300, **how)

    assert refusal.value.code is code
    assert not Expense.objects.exists()


def test_lines_that_are_not_open_to_the_applicant(office):
    fund = office.fund
    other = fund.line(500, name="其他", branch=fund.cast.other_branch)
    income = fund.line(500, name="会费收入", side=Side.INCOME)
    own = fund.line(500, name="其他", branch=fund.cast.branch)

    for line in (other, income):
        with pytest.raises(CannotClaim) as refusal:
            office.draft(300, line=line)
        assert refusal.value.code is Refusal.LINE
    assert office.submitted(300, line=own).line == own


def test_no_cover_is_warned_of_in_the_draft_and_refused_at_the_last_signature(office):
    small = office.fund.line(100, name="其他")
    expense = office.submitted(300, line=small)
    assert "执行中" in warning_of(expense)  # the scene's year is not today's
    for desk in DESKS[:2]:
        office.sign(expense, desk)

    refused(expense, lambda: office.sign(expense, Role.CHAIR), BookRefusal.NOT_COVERED)

    assert not Commitment.objects.exists()


def test_refusals_on_the_route(office):
    expense = office.submitted()
    officer = office.user(Role.BRANCH_OFFICER)

    def sign_something_else():
        approvals.approve_expense(expense=expense, digest="0" * 64, actor=officer, at=AT)

    refused(expense, sign_something_else, Refusal.CHANGED)
    refused(expense, lambda: office.sign(expense, Role.ACCOUNTANT), Refusal.NOT_YOURS)
    for act in (approvals.return_expense, approvals.reject_expense):
        refused(expense, lambda act=act: act(expense=expense, reason=" ", actor=officer, at=AT), Refusal.NO_REASON)
    for stranger in (OTHER_BRANCH_OFFICER, Role.HANDLER, Role.CASHIER, Role.UNION_STAFF):
        with pytest.raises(PermissionDenied):
            office.sign(expense, stranger)
    office.sign(expense, Role.BRANCH_OFFICER)
    refused(expense, lambda: office.sign(expense, Role.BRANCH_OFFICER), Refusal.SIGNED_BEFORE)
    assert ExpenseAct.objects.filter(kind="approve").count() == 1


def test_without_a_route_nothing_is_handed_in(office):
    expense = office.draft(300, kind=ExpenseKind.ACTIVITY)
    expenses.PolicyRule.objects.filter(key=expenses.ROUTE).update(value={"采购": "会计"})

    def submit():
        expenses.submit_expense(expense=expense, actor=office.user(MEMBER), at=AT)

    refused(expense, submit, Refusal.NO_ROUTE)


@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        (MEMBER, {"draft", "submitted", "approved"}),
        (Role.BRANCH_OFFICER, {"submitted", "approved"}),
        (OTHER_BRANCH_OFFICER, set()),
        (Role.UNION_STAFF, set()),
        (Role.ACCOUNTANT, {"submitted", "approved"}),
        (Role.CHAIR, {"submitted", "approved"}),
        (Role.AUDITOR, {"submitted", "approved"}),
        (Role.CASHIER, {"approved"}),
        (Role.HANDLER, set()),
        (Role.SYSTEM_ADMIN, set()),
    ],
)
def test_visibility(office, actor, seen):
    office.draft(), office.submitted(), office.approved()

    assert set(Expense.objects.visible_to(office.user(actor)).values_list("state", flat=True)) == seen


def test_what_waits_for_whom(office):
    expense = office.submitted()
    desks = (*DESKS, Role.UNION_STAFF, Role.CASHIER, OTHER_BRANCH_OFFICER)

    def waiting() -> list[str]:
        return [desk for desk in desks if Expense.objects.waiting_for(office.user(desk)).exists()]

    for desk in DESKS:
        assert waiting() == [desk]
        office.sign(expense, desk)
    assert waiting() == []
    assert Decimal(expense.amount) == yuan(300)
