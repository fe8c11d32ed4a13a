"""Many at once over claims (TRUST.md M1, M3, M4): one payment, one winner, one batch, one use of an invoice.

Each race has its control: lock and constraint are taken away from outside, and then it must go wrong.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import sleep

import pytest
from django.db import DatabaseError, connection, transaction

from core import books
from core.enums import Role
from finance.codes import CannotBook
from finance.codes import Refusal as BookRefusal
from finance.expense_codes import CannotClaim
from finance.expense_codes import ExpenseRefusal as Refusal
from finance.models import Expense, Invoice, Payment
from finance.services import approvals, claims, expenses, payments
from tests.cast import MEMBER
from tests.finance.claims import DESKS, Office, make_bill, make_office
from tests.finance.factories import AT, totals
from tests.owner import owner_does
from tests.together import somebody_waits, together
from tests.trust.sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8
ROUNDS = size(3, 100)
NO_INDEX = ("DROP INDEX payment_one_live_per_expense",)
NO_TRIGGERS = tuple(
    f"ALTER TABLE {table} DISABLE TRIGGER USER"
    for table in ("finance_expense", "finance_payment", "finance_paymentbatch", "finance_expenseact")
)


def outcome(answers: list) -> Counter:
    known = (CannotClaim, CannotBook)
    assert [one for one in answers if isinstance(one, Exception) and not isinstance(one, known)] == []
    return Counter(str(one.code) if isinstance(one, Exception) else "done" for one in answers)


def patiently(call):
    """Who is told 忙，请重试 tries again."""
    while True:
        try:
            return call()
        except (CannotClaim, CannotBook) as refused:
            if refused.code not in (Refusal.BUSY, BookRefusal.BUSY):
                raise


def with_a_pause(monkeypatch) -> None:
    """Between the check and the write."""
    judged = payments._refuse_payment

    def slow(expense, actor) -> None:
        judged(expense, actor)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.02)")

    monkeypatch.setattr(payments, "_refuse_payment", slow)


def without_the_lock(monkeypatch) -> None:
    def read(pks) -> dict:
        return {row.pk: row for row in Expense.objects.told().filter(pk__in=list(pks))}

    for module in (claims, payments):
        monkeypatch.setattr(module, "hold_claims", read)


def batches_at_once(office: Office, expense: Expense) -> Counter:
    return outcome(together(lambda _: patiently(lambda: office.batch(expense)), CLIENTS))


def test_cashiers_over_one_claim_make_one_payment(monkeypatch):
    office = make_office()
    with_a_pause(monkeypatch)
    for _round in range(ROUNDS):
        expense = office.approved(10)
        assert batches_at_once(office, expense) == {"done": 1, str(Refusal.IN_PAYMENT): CLIENTS - 1}
        assert expense.payments.count() == 1
    assert list(books.differences()) == []


def test_without_the_lock_the_index_still_holds(monkeypatch):
    office = make_office()
    with_a_pause(monkeypatch)
    without_the_lock(monkeypatch)
    expense = office.approved(10)

    assert batches_at_once(office, expense)["done"] == 1
    assert expense.payments.count() == 1


def test_control_without_lock_and_index_it_is_paid_twice(monkeypatch):
    office = make_office()
    expense = office.approved(10)
    with_a_pause(monkeypatch)
    without_the_lock(monkeypatch)
    owner_does(*NO_INDEX, *NO_TRIGGERS)

    batches_at_once(office, expense)

    assert expense.payments.count() > 1
    assert "I4" in {difference.code for difference in books.differences()}


def test_one_batch_is_marked_paid_once():
    office = make_office()
    batch = office.batch(office.approved(10), office.approved(20))

    done = outcome(together(lambda _: patiently(lambda: office.pay(batch)), CLIENTS))

    assert done == {"done": 1, str(Refusal.PAYMENT_STATE): CLIENTS - 1}
    assert totals(office.line) == (10_000, 0, 30)
    assert list(books.differences()) == []


def test_two_cashiers_over_one_pool_take_every_claim_once():
    """M4: overlapping choices; whoever is late is refused as a whole and takes what is left."""
    office = make_office()
    pool = [office.approved(10) for _ in range(6)]

    def take(number: int) -> None:
        for expense in pool if number % 2 else reversed(pool):
            with suppress(CannotClaim):
                patiently(partial(office.batch, expense))

    assert [one for one in together(take, 4) if one is not None] == []

    assert sorted(Payment.objects.values_list("expense", flat=True)) == [expense.pk for expense in pool]
    assert list(books.differences()) == []


def _move(moves: tuple, number: int) -> object:
    return patiently(moves[number])


def test_approve_return_reject_withdraw_and_change_have_one_winner():
    """M3: the last signature against everything that could happen beside it."""
    office = make_office()
    for _round in range(ROUNDS):
        expense = office.submitted(10)
        for desk in DESKS[:2]:
            office.sign(expense, desk)
        chair, mine = {"actor": office.user(Role.CHAIR), "at": AT}, {"actor": office.user(MEMBER), "at": AT}
        moves = (
            partial(approvals.approve_expense, expense=expense, digest=expense.digest, **chair),
            partial(approvals.return_expense, expense=expense, reason="补", **chair),
            partial(approvals.reject_expense, expense=expense, reason="否", **chair),
            partial(expenses.withdraw_expense, expense=expense, **mine),
            partial(expenses.reopen_content, expense=expense, reason="改", **mine),
        )
        answers = together(partial(_move, moves), len(moves))
        done, decided = outcome(answers), outcome(answers[:3])
        state = Expense.objects.get(pk=expense.pk).state
        # The chair decides once; what he approved may be taken back, and what is back with its owner be given up.
        assert decided["done"] <= 1
        assert done["done"] <= 2 + (not isinstance(answers[0], Exception))
        assert (totals(office.line)[1] % 20 != 0) is (state == "approved")
        if state == "approved":
            expenses.withdraw_expense(expense=expense, **mine)
    assert totals(office.line) == (10_000, 0, 0)
    assert list(books.differences()) == []


def test_many_last_signatures_never_exceed_the_line():
    """32 claims of 50 over a line of 1,000, approved by as many clients at once."""
    office = make_office(1000)
    waiting = [office.submitted(50) for _ in range(32)]
    for expense in waiting:
        for desk in DESKS[:2]:
            office.sign(expense, desk)

    done = outcome(together(lambda n: patiently(lambda: office.sign(waiting[n], Role.CHAIR)), 32))

    assert done == {"done": 20, str(BookRefusal.NOT_COVERED): 12}
    assert totals(office.line) == (1000, 1000, 0)
    assert list(books.differences()) == []


def test_one_invoice_in_many_claims_is_used_once():
    office = make_office()
    bills = [make_bill(amount=10)]
    drafts = [office.draft(10, bills=bills) for _ in range(CLIENTS)]

    def submit(number: int) -> Expense:
        return expenses.submit_expense(expense=drafts[number], actor=office.user(MEMBER), at=AT)

    assert outcome(together(submit, CLIENTS)) == {"done": 1, str(Refusal.INVOICE_USED): CLIENTS - 1}
    assert Invoice.objects.filter(in_use=True).count() == 1


def test_control_without_the_index_an_invoice_is_used_twice():
    office = make_office()
    bills = [make_bill(amount=10)]
    drafts = [office.draft(10, bills=bills) for _ in range(2)]
    owner_does("DROP INDEX invoice_used_once")

    for draft in drafts:
        expenses.submit_expense(expense=draft, actor=office.user(MEMBER), at=AT)

    assert Invoice.objects.filter(in_use=True).count() == 2


def interrupted(monkeypatch, module, check: str, other, after: int = 1) -> None:
    """Without the lock: between the check of the next act and its writes ``other`` happens as a whole, on a
    connection of its own. No chance in it: however slow the machine, it goes the same way."""
    without_the_lock(monkeypatch)
    judged, left = getattr(module, check), [after]

    def checked(*given):
        found = judged(*given)
        left[0] -= 1
        if left[0] == 0:
            assert outcome(together(lambda _: other(), 1)) == {"done": 1}
        return found

    monkeypatch.setattr(module, check, checked)


def before_the_last_signature(office: Office) -> tuple[Expense, dict]:
    """A claim on the chair's desk, and what could happen to it there."""
    expense = office.submitted(10)
    for desk in DESKS[:2]:
        office.sign(expense, desk)
    chair, mine = {"actor": office.user(Role.CHAIR), "at": AT}, {"actor": office.user(MEMBER), "at": AT}
    return expense, {
        "approve": partial(approvals.approve_expense, expense=expense, digest=expense.digest, **chair),
        "return": partial(approvals.return_expense, expense=expense, reason="补", **chair),
        "withdraw": partial(expenses.withdraw_expense, expense=expense, **mine),
    }


@pytest.mark.parametrize("act", ["approve", "return"])
def test_control_without_lock_and_triggers_what_was_withdrawn_is_decided(act, monkeypatch):
    """M3: both are told that it was done; the claim lives on, its invoices are free for another one."""
    expense, moves = before_the_last_signature(make_office())
    owner_does(*NO_TRIGGERS)
    interrupted(monkeypatch, approvals, "_on_his_desk", moves["withdraw"])

    moves[act]()

    expense.refresh_from_db()
    assert expense.state == {"approve": "approved", "return": "returned"}[act]
    assert expense.acts.filter(kind="withdraw").exists()
    assert not expense.invoices.filter(in_use=True).exists()


@pytest.mark.parametrize("act", ["approve", "return"])
def test_without_the_lock_the_triggers_still_hold_what_was_withdrawn(act, monkeypatch):
    expense, moves = before_the_last_signature(make_office())
    interrupted(monkeypatch, approvals, "_on_his_desk", moves["withdraw"])

    with pytest.raises((CannotClaim, DatabaseError)):
        moves[act]()

    expense.refresh_from_db()
    assert expense.state == "withdrawn"
    assert expense.commitment is None


def test_control_without_the_lock_a_withdrawal_leaves_its_money_held_back(monkeypatch):
    """M3: approved in the middle of a withdrawal, which knows of no commitment."""
    office = make_office()
    expense, moves = before_the_last_signature(office)
    owner_does(*NO_TRIGGERS)
    interrupted(monkeypatch, expenses, "_own", moves["approve"])

    moves["withdraw"]()

    expense.refresh_from_db()
    assert expense.state == "withdrawn"
    assert totals(office.line) == (10_000, 10, 0)


def test_who_waited_for_the_claim_releases_what_was_held_back_meanwhile():
    """A withdrawal that began before the last signature was there: the row it then gets has a commitment."""
    office = make_office()
    expense, moves = before_the_last_signature(office)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            moves["approve"]()
            late = pool.submit(together, lambda _: patiently(moves["withdraw"]), 1)
            while not (late.done() or somebody_waits()):
                sleep(0.02)
        assert outcome(late.result()) == {"done": 1}

    expense.refresh_from_db()
    assert expense.state == "withdrawn"
    assert totals(office.line) == (10_000, 0, 0)


def test_control_without_lock_and_index_two_cashiers_take_the_same_claim(monkeypatch):
    """M4: their choices overlap in one claim."""
    office = make_office()
    one, both, other = (office.approved(10) for _ in range(3))
    owner_does(*NO_INDEX, *NO_TRIGGERS)
    interrupted(monkeypatch, payments, "_refuse_payment", partial(office.batch, both, other), after=2)

    office.batch(one, both)

    assert both.payments.count() == 2
    assert "I4" in {difference.code for difference in books.differences()}


def test_without_the_lock_the_index_still_gives_it_to_one_cashier(monkeypatch):
    office = make_office()
    one, both, other = (office.approved(10) for _ in range(3))
    interrupted(monkeypatch, payments, "_refuse_payment", partial(office.batch, both, other), after=2)

    with pytest.raises(CannotClaim) as refused:
        office.batch(one, both)

    assert refused.value.code is Refusal.IN_PAYMENT
    assert (one.payments.count(), both.payments.count(), other.payments.count()) == (0, 1, 1)
