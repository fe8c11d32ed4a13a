"""One act per key, in turn, in parallel and after an error (TRUST.md M2); and what happens without the guards."""

from uuid import UUID, uuid4

import pytest
from django.core.management import call_command

from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Entry
from finance.services import ledger
from finance.services.ledger import Case, Part
from tests.finance.factories import AT, Fund, make_fund, totals, yuan
from tests.finance.racing import NO_LOCK, again_while_busy, outcome, with_a_pause
from tests.owner import owner_does
from tests.together import together
from tests.trust.sizes import dice, size

pytestmark = pytest.mark.django_db(transaction=True)
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
