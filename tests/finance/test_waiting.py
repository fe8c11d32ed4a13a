"""Who waits for whom in the fund (TRUST.md M6): no deadlock left standing, nobody kept, no closing in mid-booking."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from core import locks
from core.models import AuditEntry
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Entry
from finance.services import ledger, posting, years
from finance.services.ledger import Part
from tests.finance.factories import AT, make_fund, totals, yuan
from tests.finance.racing import NO_LOCK, again_while_busy, outcome, with_a_pause
from tests.owner import as_owner, owner_does
from tests.together import together
from tests.trust.sizes import dice, size

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = size(500, 50_000)
WORKERS, LINES = 8, 10


def test_acts_over_several_lines_in_random_order_never_stand_in_each_others_way():
    fund = make_fund()
    lines = [fund.line(ACTS, project=f"{n}") for n in range(LINES)]
    chances = [dice(f"M6-{place}") for place in range(WORKERS)]

    def work(place: int) -> Counter:
        told: Counter = Counter()
        for _ in range(ACTS // WORKERS):
            chosen = chances[place].sample(lines, chances[place].randint(2, 5))
            parts = [Part(line, yuan(chances[place].randint(1, 3)), "x") for line in chosen]
            try:
                again_while_busy(
                    lambda parts=parts: ledger.spend(parts=parts, key=uuid4(), actor=fund.accountant, at=AT)
                )
                told["done"] += 1
            except CannotBook as refusal:
                told[refusal.code] += 1
        return told

    answers = together(work, WORKERS)

    assert [one for one in answers if isinstance(one, Exception)] == []
    told = sum(answers, Counter())
    assert set(told) <= {"done", Refusal.NOT_COVERED}
    assert sum(told.values()) == ACTS // WORKERS * WORKERS
    acts = Entry.objects.filter(kind="spend").values("key").distinct().count()
    assert acts == told["done"]
    call_command("check_books")


def test_control_without_the_common_order_two_stand_in_each_others_way(monkeypatch):
    """Lines locked one by one as they come: a deadlock, which the database ends; whoever lost it may try again."""
    fund = make_fund()
    one, two = fund.line(1000), fund.line(1000, project="二")
    owner_does(*NO_LOCK)
    save = Entry.save

    def slow(entry: Entry, **how) -> None:
        save(entry, **how)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")

    monkeypatch.setattr(Entry, "save", slow)
    monkeypatch.setattr(posting, "record", lambda *act, **more: None)
    owner_does("ALTER TABLE finance_entry DISABLE TRIGGER entry_judged", *UNNUMBERED)

    def work(place: int) -> object:
        parts = [Part(line, yuan(1), "x") for line in ((one, two) if place else (two, one))]
        return ledger.spend(parts=parts, key=uuid4(), actor=fund.accountant, at=AT)

    answers = together(work, 2)

    assert Refusal.BUSY in outcome(answers)


UNNUMBERED = (  # without a year no counter is waited for, only lines
    "ALTER TABLE finance_entry DROP CONSTRAINT entry_number_once",
    "ALTER TABLE finance_entry ALTER year_id DROP NOT NULL",
    "ALTER TABLE finance_entry ALTER booked_on DROP NOT NULL",
)


@contextmanager
def somebody_holds(line: BudgetLine) -> Iterator[None]:
    """Another session, in the middle of a booking on the line."""
    with as_owner() as owner, owner.transaction(force_rollback=True):
        owner.execute("SELECT finance_hold(%s)", [[line.pk]])
        yield


def test_who_waits_too_long_is_told_and_nothing_is_booked(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    monkeypatch.setattr(locks, "WAIT", 1)
    entries, told = Entry.objects.count(), AuditEntry.objects.count()

    with somebody_holds(line):
        with pytest.raises(CannotBook) as refused:
            fund.spend(line, 1)
        with pytest.raises(CannotBook) as closing:
            years.close_year(year=fund.year, actor=fund.accountant, at=AT.replace(year=2023))

    assert refused.value.code is closing.value.code is Refusal.BUSY
    assert refused.value.message == "忙，请重试。"
    assert (Entry.objects.count(), AuditEntry.objects.count()) == (entries, told)
    fund.spend(line, 1)  # and the next one gets through
    assert totals(line) == (1000, 0, 1)


def test_a_year_closes_before_or_after_a_booking_never_in_its_middle(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    spent = [fund.spend(line, 10) for _ in range(8)]
    with_a_pause(monkeypatch)
    after = AT.replace(year=2023)

    def act(place: int) -> object:
        if place == 4:
            return years.close_year(year=fund.year, actor=fund.accountant, at=after)
        given = {"entry": spent[place % 8], "reason": "登错", "key": uuid4(), "actor": fund.accountant, "at": after}
        return again_while_busy(lambda: ledger.reverse(**given))

    done = outcome(together(act, 9))

    assert set(done) <= {"done", Refusal.YEAR_CLOSED, Refusal.ALREADY_REVERSED}
    reversals = Entry.objects.filter(reverses__isnull=False).count()
    assert done["done"] == 1 + reversals
    assert totals(line) == (1000, 0, 80 - 10 * reversals)
    call_command("check_books")


def test_the_wait_is_over_with_its_block():
    with transaction.atomic():
        with locks.waiting_at_most(3):
            assert _lock_timeout() == "3s"
        assert _lock_timeout() == "0"
    with suppress(ValueError), transaction.atomic(), locks.waiting_at_most(3):
        raise ValueError
    assert _lock_timeout() == "0"


def _lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return cursor.fetchone()[0]
