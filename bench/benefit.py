"""``bench benefit [--people N]``: a run's list frozen for everybody on the roll, beside a bare INSERT .. SELECT.

Goal (DEPENDENCIES.md) <= 2x the floor, with a reason for whoever is out, three earlier runs of the year to be summed
and held against a ceiling that blocks, state, verdict and audit. The floor writes the same people with their branch
and amount into a table of the same columns, keys and indexes, and judges nothing.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median

import psycopg

from bench import rolls
from bench.scratch import scratch_database

PEOPLE = 100_000
MOST_TIMES_INSERT = 2.0
DAY = date(2022, 9, 20)
_FLOOR = """
CREATE TABLE bench_floor (LIKE welfare_entitlement INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
ALTER TABLE bench_floor ADD FOREIGN KEY (benefit_id) REFERENCES welfare_benefit,
    ADD FOREIGN KEY (member_id) REFERENCES members_member, ADD FOREIGN KEY (branch_id) REFERENCES members_branch"""
_INSERT = """
INSERT INTO bench_floor (benefit_id, member_id, branch_id, amount, state, reason)
SELECT %s, member_id, branch_id, 400, 'listed', '' FROM members_membership
WHERE from_on <= %s AND (until_on IS NULL OR until_on > %s)"""
# Reasons to be found: 2 % of the roll retired in March, 1 % came in October.
_CHANGES = (
    "UPDATE members_membership SET until_on = date '2022-03-10', reason_out = 'retired'"
    " WHERE until_on IS NULL AND member_id % 50 = 1",
    "UPDATE members_membership SET from_on = date '2022-10-01' WHERE until_on IS NULL AND member_id % 100 = 3",
)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench benefit")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(words)
    with (
        scratch_database(),
        psycopg.connect(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"], autocommit=True) as owner,
    ):
        return _compare(owner, people=options.people, runs=max(3, options.runs))


def _compare(owner: psycopg.Connection, *, people: int, runs: int) -> int:
    _make_roll(owner, people)
    earlier = _year_before_the_run()
    owner.execute(_FLOOR)
    times: dict[str, list[float]] = {"floor": [], "product": []}
    for number in range(runs):
        times["floor"].append(_timed(lambda: _floor(owner, earlier)))
        frozen: list[tuple[int, int]] = []
        times["product"].append(_timed(_freezing(number, frozen)))
        _forget(owner, frozen[0][0])
    floor, product = median(times["floor"]), median(times["product"])
    print(f"benefit：{frozen[0][1]} 人，之前三次发放计入全年标准，{runs} 次取中位数")
    for which, seconds in (("floor", floor), ("product", product)):
        print(f"  {which:8} {seconds:6.2f} s（{'、'.join(f'{one:.2f}' for one in times[which])}）")
    print(f"  倍数 {product / floor:.2f}（目标 ≤ {MOST_TIMES_INSERT}）")
    return 0 if product / floor <= MOST_TIMES_INSERT else 1


def _make_roll(owner: psycopg.Connection, people: int) -> None:
    """Nine in ten of those that ``rolls`` makes are on the roll; the others left long ago."""
    rolls.prepare(owner)
    rolls.grow(owner, people * 10 // 9)
    for change in _CHANGES:
        owner.execute(change)
    owner.execute("VACUUM ANALYZE members_membership")


def _year_before_the_run() -> int:
    """A ceiling that blocks and three runs of the year, handed out; the first one's key."""
    from core import clock
    from core.enums import Effect, Scope
    from core.models import PolicyRule
    from welfare.services import drafting, freezing

    facts = {"scope": Scope.NATION, "from_on": date(2018, 1, 1), "decided_by": "bench", "mark": "V*"}
    PolicyRule.objects.create(key="benefit.festival.year_ceiling", value=2200, effect=Effect.BLOCK, **facts)
    keys = []
    for occasion, day, amount in (("spring", 15, 1000), ("labour", 28, 300), ("dragon_boat", 30, 400)):
        given = {"eligible_on": date(2022, 1, day), "per_head": Decimal(amount)}
        run = drafting.draft(occasion=occasion, **given, actor=None, at=clock.now())  # type: ignore[arg-type]
        keys.append(freezing.record_afterwards(benefit=run, actor=None, at=clock.now()).pk)
    return keys[0]


def _floor(owner: psycopg.Connection, benefit: int) -> None:
    with owner.transaction():
        owner.execute(_INSERT, [benefit, DAY, DAY])


def _freezing(number: int, frozen: list[tuple[int, int]]) -> Callable[[], None]:
    """The act that is timed; the draft is made before. What was frozen, and for how many, is told in ``frozen``."""
    from core import clock
    from welfare.services import drafting, freezing

    given = {"occasion": "mid_autumn", "eligible_on": DAY, "per_head": Decimal(400), "name": f"中秋节慰问{number}"}
    run = drafting.draft(**given, actor=None, at=clock.now())  # type: ignore[arg-type]

    def freeze() -> None:
        done = freezing.freeze(benefit=run, actor=None, at=clock.now())
        frozen.append((done.pk, done.people))

    return freeze


def _timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _forget(owner: psycopg.Connection, benefit: int) -> None:
    """Both lists are emptied, so that every run begins alike."""
    owner.execute("TRUNCATE bench_floor")
    owner.execute("ALTER TABLE welfare_entitlement DISABLE TRIGGER entitlement_is_never_deleted")
    owner.execute("DELETE FROM welfare_entitlement WHERE benefit_id = %s", [benefit])
    owner.execute("DELETE FROM welfare_benefit WHERE id = %s", [benefit])
    owner.execute("ALTER TABLE welfare_entitlement ENABLE TRIGGER entitlement_is_never_deleted")
    owner.execute("VACUUM ANALYZE welfare_entitlement")
