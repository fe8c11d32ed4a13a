"""What the database itself refuses of claims and payments, whoever writes the SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.constraints import name_of
from core.enums import Role
from finance.models import Expense, ExpenseAct, Invoice, Payment
from tests.cast import MEMBER
from tests.finance.claims import Office, make_bill, make_office
from tests.finance.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return make_office()


def says_no(constraint: str, statement: str, *given) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, given)
    assert name_of(refused.value) == constraint


@pytest.mark.parametrize("column", ["payee_name = 'x'", "payee_account_hash = 'x'", "amount = 1", "purpose = 'x'"])
@pytest.mark.parametrize("stage", ["submitted", "approved"])
def test_content_is_frozen(office, stage, column):
    expense = getattr(office, stage)()

    says_no("expense_content_frozen", f"UPDATE finance_expense SET {column} WHERE id = %s", expense.pk)
    says_no("expense_content_frozen", "UPDATE finance_expenseitem SET amount = 1 WHERE expense_id = %s", expense.pk)
    says_no("expense_content_frozen", "DELETE FROM finance_invoice WHERE expense_id = %s", expense.pk)


def test_the_applicant_never_changes(office):
    expense, other = office.draft(), office.user(Role.HANDLER)

    says_no(
        "expense_content_frozen", "UPDATE finance_expense SET applicant_id = %s WHERE id = %s", other.pk, expense.pk
    )


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        ("draft", "approved"),
        ("draft", "paid"),
        ("submitted", "draft"),
        ("submitted", "paid"),
        ("approved", "rejected"),
    ],
)
def test_states_go_their_way_only(office, stage, state):
    expense = getattr(office, stage)()

    with pytest.raises(IntegrityError), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(state=state)

    assert Expense.objects.get(pk=expense.pk).state == stage


def test_no_approval_without_every_signature(office):
    expense = office.submitted()
    held = office.approved().commitment
    office.sign(expense, Role.BRANCH_OFFICER)

    says_no(
        "expense_approved_by_all",
        "UPDATE finance_expense SET state = 'approved', waits_for = '', commitment_id = %s WHERE id = %s",
        held.pk,
        expense.pk,
    )


def test_signatures_in_turn_by_others_over_the_same(office):
    expense = office.submitted()

    def sign(constraint: str, **how) -> None:
        given = {"kind": "approve", "round": 1, "position": 0, "desk": "branch", "digest": expense.digest}
        given |= {"actor": office.user(Role.CHAIR), "at": AT} | how
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            ExpenseAct.objects.create(expense=expense, **given)
        assert name_of(refused.value) == constraint

    sign("expense_signed_by_another", actor=office.user(MEMBER))
    sign("expense_signed_in_turn", desk="chair")
    sign("expense_signed_in_turn", position=1)
    sign("expense_signed_in_turn", round=2)
    sign("expense_signed_in_turn", digest="0" * 64)
    office.sign(expense, Role.BRANCH_OFFICER)
    sign("expense_signed_once_by_one", position=1, desk="accountant", actor=office.user(Role.BRANCH_OFFICER))


def test_payments_of_what_was_approved_by_somebody_else_and_once(office):
    expense, other = office.approved(), office.submitted()
    batch = office.batch(expense)

    def pay(constraint: str, claim: Expense, into=batch, **how) -> None:
        given = {"batch": into, "expense": claim, "amount": claim.amount, "digest": claim.digest} | how
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Payment.objects.create(**given)
        assert name_of(refused.value) == constraint

    pay("payment_one_live_per_expense", expense)
    pay("payment_of_what_was_approved", other)
    pay("payment_of_what_was_approved", expense, amount=1)
    says_no("payment_goes_forwards", "UPDATE finance_payment SET amount = 1")
    says_no("batch_goes_forwards", "UPDATE finance_paymentbatch SET total = 1")
    withdrawn = "UPDATE finance_expense SET state = 'withdrawn', commitment_id = NULL WHERE id = %s"
    says_no("expense_in_payment", withdrawn, expense.pk)


def test_nothing_is_deleted(office):
    expense = office.approved()
    office.batch(expense)

    for table in ("finance_expense", "finance_payment", "finance_paymentbatch"):
        with pytest.raises(Exception, match="refused"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")


def test_an_invoice_in_use_is_in_use_once(office):
    bills = [make_bill(amount=300)]
    office.submitted(300, bills=bills)
    office.draft(300, bills=bills)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Invoice.objects.update(in_use=True)

    assert name_of(refused.value) == "invoice_used_once"
