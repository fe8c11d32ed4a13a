"""Many at once over one line (TRUST.md M5): never a cent over, and no reader sees a wrong total.

Every race has its control: the lock and the constraint are taken away from outside, and then the same race must
spend more than there is.
"""

import time
from collections import Counter
from threading import Event
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from core import books
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Commitment, Entry
from tests.finance.factories import AT, Fund, make_fund, totals, yuan
from tests.finance.racing import NO_CONSTRAINT, NO_LOCK, again_while_busy, outcome, with_a_pause
from tests.owner import owner_does
from tests.together import together
from tests.trust.sizes import size

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 32


def spend_at_once(fund: Fund, line: BudgetLine) -> Counter:
    """32 who want 50 each of 1,000."""
    return outcome(together(lambda _: again_while_busy(lambda: fund.spend(line, 50)), CLIENTS))


def test_32_clients_spend_one_line_and_never_a_cent_over(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)

    done = spend_at_once(fund, line)

    assert done == {"done": 20, Refusal.NOT_COVERED: 12}
    assert totals(line) == (1000, 0, 1000)
    call_command("check_books")


def test_without_the_lock_the_constraint_still_holds(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)
    owner_does(*NO_LOCK)

    done = spend_at_once(fund, line)

    assert done == {"done": 20, Refusal.NOT_COVERED: 12}
    assert totals(line) == (1000, 0, 1000)
    call_command("check_books")


def test_without_the_constraint_the_lock_still_holds(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)
    owner_does(*NO_CONSTRAINT)

    assert spend_at_once(fund, line) == {"done": 20, Refusal.NOT_COVERED: 12}
    assert totals(line) == (1000, 0, 1000)


def test_control_without_lock_and_constraint_the_line_is_overspent(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)
    owner_does(*NO_LOCK, *NO_CONSTRAINT)

    done = spend_at_once(fund, line)

    assert done["done"] > 20
    assert totals(line)[2] > 1000
    assert "I3" in {difference.code for difference in books.differences()}


# M5 -----------------------------------------------------------------------------------------------------------
ROUNDS = size(10, 1000)
READERS = 2
SAMPLE = """
SELECT budget, reserved, spent, (SELECT sum(remaining) FROM finance_commitment WHERE line_id = line.id),
       (SELECT coalesce(sum(amount) FILTER (WHERE kind = 'reserve'), 0) FROM finance_entry WHERE line_id = line.id)
FROM finance_budgetline AS line WHERE id = %s
"""


def test_100_approvals_of_a_tenth_are_exactly_ten_and_no_reader_sees_a_wrong_total():
    fund = make_fund()
    reads = 0
    for number in range(ROUNDS):
        line = fund.line(1000, project=f"第{number}轮")
        over = Event()

        def work(place: int, line=line, over=over) -> list | int:
            if place < READERS:
                return _sample(line, over)
            try:
                return [_approve(fund, line) for _ in range(10)]
            finally:
                if place == READERS:
                    over.set()

        answers = together(work, READERS + 10)

        done = outcome([one for many in answers[READERS:] for one in many])
        assert done == {"done": 10, Refusal.NOT_COVERED: 90}
        assert totals(line) == (1000, 1000, 0)
        reads += sum(answers[:READERS])
    print(f"M5: {ROUNDS} rounds, {reads} reads, 0 wrong")
    call_command("check_books")


def _approve(fund: Fund, line: BudgetLine) -> Commitment | CannotBook:
    try:
        return again_while_busy(lambda: fund.reserve(line, 100))
    except CannotBook as refusal:
        return refusal


def _sample(line: BudgetLine, over: Event) -> int:
    """Read until the others are done; how often. A wrong total raises."""
    reads = 0
    while not over.is_set():
        with connection.cursor() as cursor:
            cursor.execute(SAMPLE, [line.pk])
            budget, reserved, spent, held, entries = cursor.fetchone()
        if reserved + spent > budget or reserved != (held or 0) or reserved != entries:
            raise AssertionError(f"budget {budget}, reserved {reserved}, spent {spent}, held {held}, {entries}")
        reads += 1
    return reads


def test_control_a_total_kept_late_is_seen_by_the_readers():
    """A program that appends now and counts later: what the trigger is there against."""
    fund = make_fund()
    line = fund.line(1000)
    owner_does("ALTER TABLE finance_entry DISABLE TRIGGER entry_counted")
    over = Event()
    insert = Entry(line=line, kind="reserve", amount=yuan(100), text="x", key=uuid4(), at=AT)

    def append(place: int) -> int:
        if place == 0:
            return _sample(line, over)
        insert.save(force_insert=True)
        time.sleep(0.3)
        over.set()
        return 0

    seen, _done = together(append, 2)

    assert isinstance(seen, AssertionError)
