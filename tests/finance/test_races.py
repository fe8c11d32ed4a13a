"""Many at once over one line (TRUST.md M2, M5, M6): never a cent over, one act per key, no deadlock left standing.

Every race has its control: the lock and the constraint are taken away from outside, and then the same race must
spend more than there is.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from core import books, locks
from core.models import AuditEntry
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Commitment, Entry
from finance.services import ledger, posting, years
from finance.services.ledger import Case, Part
from tests.finance.factories import AT, Fund, make_fund, totals, yuan
from tests.owner import as_owner, owner_does
from tests.together import together
from tests.trust.sizes import dice, size

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 32
NO_LOCK = (
    "CREATE OR REPLACE FUNCTION finance_hold(lines bigint[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$",
)
NO_CONSTRAINT = ("ALTER TABLE finance_budgetline DROP CONSTRAINT budget_line_never_overspent",)


def with_a_pause(monkeypatch) -> None:
    """Between the check and the write, so that whoever is let in without a lock has time to go wrong."""
    judge = posting.judge

    def slow(*given) -> None:
        judge(*given)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.002)")

    monkeypatch.setattr(posting, "judge", slow)


def again_while_busy(call):
    """What a client does who is told 忙，请重试."""
    while True:
        try:
            return call()
        except CannotBook as refusal:
            if refusal.code is not Refusal.BUSY:
                raise


def outcome(answers: list) -> Counter:
    wrong = [one for one in answers if isinstance(one, Exception) and not isinstance(one, CannotBook)]
    assert wrong == []
    return Counter(one.code if isinstance(one, CannotBook) else "done" for one in answers)


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


# M2 -----------------------------------------------------------------------------------------------------------
TRIALS = size(300, 10_000)
AT_ONCE = 3


def test_one_key_is_one_act_in_turn_in_parallel_after_an_error_and_by_another_user():
    fund = make_fund()
    chance = dice("M2")
    line = fund.line(2 * TRIALS)
    tried, booked = 0, 0
    while tried < TRIALS:
        way = chance.choice([_in_turn, _in_parallel, _after_an_error, _by_another])
        submits, entries = way(fund, line, uuid4())
        tried += submits
        booked += entries
        assert Entry.objects.filter(kind="spend").count() == booked, way
    assert totals(line)[2] == booked
    print(f"M2: {tried} submits, {booked} entries")
    call_command("check_books")


def _in_turn(fund: Fund, line: BudgetLine, key: UUID) -> tuple[int, int]:
    assert len({fund.spend(line, 1, key=key).pk for _ in range(3)}) == 1
    return 3, 1


def _in_parallel(fund: Fund, line: BudgetLine, key: UUID) -> tuple[int, int]:
    answers = together(lambda _: again_while_busy(lambda: fund.spend(line, 1, key=key)), AT_ONCE)
    assert outcome(answers) == {"done": AT_ONCE}
    assert len({one.pk for one in answers}) == 1
    return AT_ONCE, 1


def _after_an_error(fund: Fund, line: BudgetLine, key: UUID) -> tuple[int, int]:
    """Refused first, then right; and once more because the answer was lost."""
    with pytest.raises(CannotBook):
        fund.spend(line, 10 * TRIALS, key=key)
    assert fund.spend(line, 1, key=key) == fund.spend(line, 1, key=key)
    return 3, 1


def _by_another(fund: Fund, line: BudgetLine, key: UUID) -> tuple[int, int]:
    """Another user's key is unknown: it is a key of his own."""
    mine = fund.spend(line, 1, key=key)
    given = {"parts": [Part(line, yuan(1), "别人")], "case": Case("a.b", "1"), "key": key, "at": AT}
    (other,) = ledger.spend(**given, actor=fund.chair)
    assert mine != other
    return 2, 2


def test_control_without_lock_and_index_one_key_is_booked_twice(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)
    owner_does(*NO_LOCK, "ALTER TABLE finance_entry DROP CONSTRAINT entry_intent_once")
    key = uuid4()

    together(lambda _: fund.spend(line, 1, key=key), 8)

    assert totals(line)[2] > 1


def test_without_the_lock_one_key_is_still_booked_once(monkeypatch):
    fund = make_fund()
    line = fund.line(1000)
    with_a_pause(monkeypatch)
    owner_does(*NO_LOCK)
    key = uuid4()

    done = outcome(together(lambda _: fund.spend(line, 1, key=key), 8))

    assert set(done) <= {"done", Refusal.KEY_REUSED}
    assert totals(line) == (1000, 0, 1)


# M6 -----------------------------------------------------------------------------------------------------------
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


# Waiting, and the end of a year -------------------------------------------------------------------------------
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
