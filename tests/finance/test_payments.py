"""Paying: batch, bank file, what was paid and what came back; each refusal with its code and nothing changed."""

import csv
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from core import books
from core.enums import Role
from core.models import AuditEntry, RoleGrant
from core.spreadsheets.sheets import open_sheets
from finance.enums import ExpenseState
from finance.expense_codes import CannotClaim
from finance.expense_codes import ExpenseRefusal as Refusal
from finance.models import Expense, Payment, PaymentBatch
from finance.services import bank_file, expenses, payments
from tests.acts import acts
from tests.cast import MEMBER
from tests.finance.claims import ACCOUNT, Office, make_office, make_rule
from tests.finance.factories import AT, totals, yuan
from tests.owner import owner_does

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Office:
    return make_office()


def now(row):
    return type(row).objects.get(pk=row.pk)


def refused(office: Office, call, code) -> None:
    def everything() -> tuple:
        rows = (list(model.objects.order_by("pk").values()) for model in (Expense, PaymentBatch, Payment))
        return (*rows, acts().count(), totals(office.line))

    before = everything()
    with pytest.raises(CannotClaim) as refusal:
        call()
    assert refusal.value.code is code
    assert everything() == before


def test_paying_turns_the_commitment_into_spending(office):
    one, two = office.approved(300), office.approved(200)
    batch = office.batch(one, two)
    assert (batch.total, batch.count, totals(office.line)) == (yuan(500), 2, (10_000, 500, 0))

    office.pay(batch)

    assert totals(office.line) == (10_000, 0, 500)
    assert {now(one).state, now(two).state} == {ExpenseState.PAID}
    assert now(batch).state == "done"
    assert list(books.differences()) == []


def test_a_returned_payment_is_open_to_pay_again(office):
    expense = office.approved(300)
    first = office.batch(expense)
    office.pay(first)

    payments.bounce_payment(payment=first.payments.get(), reason="账号不符", actor=office.user(Role.CASHIER), at=AT)

    assert now(expense).state == ExpenseState.APPROVED
    assert totals(office.line) == (10_000, 300, 0)
    office.pay(office.batch(expense))
    assert totals(office.line) == (10_000, 0, 300)
    assert [row.state for row in expense.payments.all()] == ["bounced", "paid"]
    assert list(books.differences()) == []


def test_after_a_return_the_account_is_changed_and_everybody_signs_again(office):
    expense = office.approved(300)
    batch = office.batch(expense)
    office.pay(batch)
    payments.bounce_payment(payment=batch.payments.get(), reason="账号不符", actor=office.user(Role.CASHIER), at=AT)
    mine = office.user(MEMBER)

    back = expenses.reopen_content(expense=expense, reason="账号写错", actor=mine, at=AT)
    changed = office.content(300, account="62220200009999", bills=[])
    expenses.change_expense(expense=back, actor=mine, content=changed, at=AT)
    expenses.submit_expense(expense=back, actor=mine, at=AT)
    refused(office, lambda: office.batch(now(expense)), Refusal.WRONG_STATE)
    for desk in (Role.BRANCH_OFFICER, Role.ACCOUNTANT, Role.CHAIR):
        office.sign(expense, desk)
    office.pay(office.batch(now(expense)))

    assert now(expense).state == ExpenseState.PAID
    assert list(books.differences()) == []


def test_every_act_of_paying_is_on_record(office):
    batch = office.batch(office.approved(300))
    known = acts().count()

    office.pay(batch)
    payments.bounce_payment(payment=batch.payments.get(), reason="账号不符", actor=office.user(Role.CASHIER), at=AT)

    new = acts().order_by("position").values_list("action", flat=True)[known:]
    assert list(new) == [
        *("finance.entry.spent", "finance.expense.paid", "finance.paymentbatch.paid"),
        *("finance.entry.refunded", "finance.entry.reserved", "finance.expense.payment_bounced"),
    ]
    assert {
        entry.state_before == entry.state_after for entry in acts().order_by("position")[known + 1 : known + 3]
    } == {False}


def test_a_dropped_payment_books_nothing(office):
    expense = office.approved(300)
    batch = office.batch(expense)

    payments.drop_payment(payment=batch.payments.get(), reason="余额不足", actor=office.user(Role.CASHIER), at=AT)

    assert totals(office.line) == (10_000, 300, 0)
    assert now(batch).state == "done"
    assert office.batch(now(expense)).count == 1
    assert list(books.differences()) == []


def test_the_bank_file_holds_the_full_account_and_is_handed_over_once(office):
    batch = office.batch(office.approved(300, payee_name="=1+1"))
    cashier = office.user(Role.CASHIER)

    content = payments.hand_over(batch=batch, format="csv", actor=cashier, at=AT)

    heads, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert heads == ["序号", "收款人", "开户银行", "收款账号", "金额", "附言"]
    assert row[1:5] == ["'=1+1", "城北银行", ACCOUNT, "300.00"]
    (entry,) = AuditEntry.objects.filter(action="finance.paymentbatch.exported")
    assert ACCOUNT not in str(entry.data)
    refused(
        office, lambda: payments.hand_over(batch=batch, format="csv", actor=cashier, at=AT), Refusal.HANDED_BEFORE
    )
    again = payments.hand_over(batch=batch, format="csv", reason="下载中断", actor=cashier, at=AT)
    assert again == content
    assert AuditEntry.objects.filter(action="finance.paymentbatch.exported").latest("position").basis == "下载中断"


def test_the_files_columns_are_the_schools(office):
    make_rule(bank_file.COLUMNS, ["收款账号", "金额", "收款人", "猫"], "warn")
    batch = office.batch(office.approved(300))

    content = payments.hand_over(batch=batch, format="xlsx", actor=office.user(Role.CASHIER), at=AT)

    with open_sheets(io.BytesIO(content), filename="a.xlsx") as sheets:
        rows = [cells for _number, cells in sheets[0].rows]
    assert list(rows[0]) == ["收款账号", "金额", "收款人"]
    assert rows[1][0] == ACCOUNT
    assert Decimal(str(rows[1][1])) == 300


def test_a_payee_changed_behind_the_back_is_not_paid(office):
    """T5, W4: not even when somebody changes it in the database, triggers off."""
    expense = office.approved(300)
    batch = office.batch(expense)
    cashier = office.user(Role.CASHIER)
    owner_does(
        "ALTER TABLE finance_expense DISABLE TRIGGER expense_judged",
        f"UPDATE finance_expense SET payee_name = '别人' WHERE id = {expense.pk}",
    )

    refused(office, lambda: payments.hand_over(batch=batch, format="csv", actor=cashier, at=AT), Refusal.CHANGED)
    refused(office, lambda: office.pay(batch), Refusal.CHANGED)


def test_an_account_that_was_exchanged_is_not_written(office):
    one, two = office.approved(300), office.approved(300, account="62220200009999")
    batch = office.batch(one)
    Expense.objects.filter(pk=one.pk).update(
        payee_account=Expense._meta.get_field("payee_account").seal_for(one.pk, "99999999")
    )
    assert two.payee_account_last4 == "9999"

    with pytest.raises(CannotClaim) as refusal:
        payments.hand_over(batch=batch, format="csv", actor=office.user(Role.CASHIER), at=AT)

    assert refusal.value.code is Refusal.CHANGED
    assert now(batch).handed_at is None


def test_refusals_of_paying(office):
    expense, submitted = office.approved(300), office.submitted(100)
    cashier = office.user(Role.CASHIER)
    refused(office, lambda: payments.make_batch(expenses=[], actor=cashier, at=AT), Refusal.NOTHING)
    refused(office, lambda: office.batch(submitted), Refusal.WRONG_STATE)
    batch = office.batch(expense)
    payment = batch.payments.get()
    refused(office, lambda: office.batch(expense), Refusal.IN_PAYMENT)
    mine = {"expense": expense, "actor": office.user(MEMBER), "at": AT}
    refused(office, lambda: expenses.withdraw_expense(**mine), Refusal.IN_PAYMENT)
    refused(office, lambda: expenses.reopen_content(reason="改", **mine), Refusal.IN_PAYMENT)
    given = {"payment": payment, "actor": cashier, "at": AT}
    refused(office, lambda: payments.drop_payment(reason=" ", **given), Refusal.NO_REASON)
    refused(office, lambda: payments.bounce_payment(reason="退", **given), Refusal.PAYMENT_STATE)
    nothing = {"batch": batch, "payments": [], "actor": cashier, "at": AT}
    refused(office, lambda: payments.mark_paid(**nothing), Refusal.NOTHING)
    office.pay(batch)
    refused(office, lambda: office.pay(batch), Refusal.PAYMENT_STATE)
    refused(office, lambda: payments.drop_payment(reason="退", **given), Refusal.PAYMENT_STATE)
    again = {"batch": batch, "format": "csv", "reason": "再要", "actor": cashier, "at": AT}
    refused(office, lambda: payments.hand_over(**again), Refusal.BATCH_STATE)


@pytest.mark.parametrize("actor", [MEMBER, Role.ACCOUNTANT, Role.CHAIR, Role.AUDITOR, Role.UNION_STAFF])
def test_only_the_cashier_pays(office, actor):
    expense = office.approved(300)
    batch = office.batch(expense)

    for call in (lambda: office.batch(expense, actor=actor), lambda: office.pay(batch, actor)):
        with pytest.raises(PermissionDenied):
            call()

    assert totals(office.line) == (10_000, 300, 0)


def test_a_cashier_pays_neither_his_own_nor_what_he_signed(office):
    own = office.approved(300, Role.CASHIER)
    refused(office, lambda: office.batch(own), Refusal.PAYER)
    signed = office.approved(200)
    officer = office.user(Role.BRANCH_OFFICER)
    RoleGrant.objects.create(user=officer, role=Role.CASHIER, from_on=AT.date())

    refused(office, lambda: office.batch(signed, actor=Role.BRANCH_OFFICER), Refusal.PAYER)
