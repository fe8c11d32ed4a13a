"""A payment that the bank sends back after the year of its budget line: it is on the books, and is paid anew."""

import pytest
from django.db import IntegrityError, transaction

from core import books
from core.constraints import name_of
from core.enums import Role
from finance.enums import EntryKind, Side
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.journal import journal_of
from finance.models import Account, BudgetLine, Entry, Expense, FiscalYear, Payment
from finance.services import expenses, payments, years
from tests.acts import acts
from tests.cast import MEMBER
from tests.finance.claims import DESKS, Office, make_office
from tests.finance.factories import AT, Fund, make_fund, totals, yuan

pytestmark = pytest.mark.django_db
LATE = AT.replace(year=2023, month=1)


def next_year(office: Office) -> Fund:
    return make_fund(year=2023, cast=office.fund.cast)


def bounce(office: Office, expense: Expense) -> Payment:
    payment = expense.payments.get()
    return payments.bounce_payment(payment=payment, reason="账号不符", actor=office.user(Role.CASHIER), at=LATE)


def pay_anew(office: Office, expense: Expense, line: BudgetLine) -> Expense:
    """From a line of the running year, signed by everybody again."""
    mine = office.user(MEMBER)
    content = office.content(300, line=line, account="62220200009999", bills=[])
    changed = expenses.change_expense(expense=expense, actor=mine, content=content, at=LATE)
    again = expenses.submit_expense(expense=changed, actor=mine, at=LATE)
    for desk in DESKS:
        again = office.sign(again, desk, LATE)
    batch = payments.make_batch(expenses=[again], actor=office.user(Role.CASHIER), at=LATE)
    rows = list(batch.payments.values_list("pk", flat=True))
    payments.mark_paid(batch=batch, payments=rows, actor=office.user(Role.CASHIER), at=LATE)
    return Expense.objects.get(pk=expense.pk)


def test_of_a_year_that_is_not_closed_the_spending_is_reversed(db):
    office = make_office()
    expense = office.paid(300)
    new = next_year(office).line(1000)

    row = bounce(office, expense)

    back = Expense.objects.get(pk=expense.pk)
    assert (row.state, back.state, back.commitment, totals(office.line)) == (
        "bounced",
        "returned",
        None,
        (10_000, 0, 0),
    )
    assert "改选本年度预算" in back.said
    reversal = Entry.objects.get(reverses=row.entry)
    assert [day.entry for day in journal_of(office.fund.year, 12).rows] == [reversal]
    assert journal_of(office.fund.year, None).went == 0
    assert pay_anew(office, back, new).state == "paid"
    assert (totals(office.line), totals(new)) == ((10_000, 0, 0), (1000, 0, 300))
    assert list(books.differences()) == []


def test_of_a_closed_year_it_is_other_income_of_the_running_one(db):
    office = make_office()
    expense = office.paid(300)
    years.close_year(year=office.fund.year, actor=office.user(Role.ACCOUNTANT), at=LATE)
    fund = next_year(office)
    new, income = fund.line(1000), fund.line(500, name="其他收入", side=Side.INCOME)
    Account.objects.filter(name="其他收入").update(code="408")

    bounce(office, expense)

    assert Entry.objects.get(kind=EntryKind.INCOME).line == income
    assert (totals(office.line), BudgetLine.objects.get(pk=income.pk).income) == ((10_000, 0, 300), yuan(300))
    assert pay_anew(office, Expense.objects.get(pk=expense.pk), new).state == "paid"
    assert totals(new) == (1000, 0, 300)
    assert list(books.differences()) == []


def test_without_a_line_of_other_income_nothing_is_booked(db):
    office = make_office()
    expense = office.paid(300)
    years.close_year(year=office.fund.year, actor=office.user(Role.ACCOUNTANT), at=LATE)
    next_year(office)
    before, entries = acts().count(), Entry.objects.count()

    with pytest.raises(CannotClaim) as refused:
        bounce(office, expense)

    assert refused.value.code is ExpenseRefusal.NO_OTHER_INCOME
    assert (acts().count(), Entry.objects.count()) == (before, entries)
    assert (Expense.objects.get(pk=expense.pk).state, expense.payments.get().state) == ("paid", "paid")
    assert FiscalYear.objects.get(year=2022).state == "closed"


def test_a_claim_with_a_live_payment_does_not_come_back(db):
    office = make_office()
    expense = office.paid(300)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(state="returned", commitment=None, said="x")

    assert name_of(refused.value) == "expense_in_payment"
