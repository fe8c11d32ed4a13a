"""Who is due a run, and who is not and why, as one statement over the register's periods (DESIGN.md, decision 3).

The dry run and the freeze ask with the same SQL; the freeze writes what it finds in the same statement. What it says
of one person is ``rules.reason_for``, and a test holds the two against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from core import row_states
from core.calendar.lunar import lunar_birthdays_kept_in
from core.enums import Effect
from welfare import budget_share
from welfare.ceilings import Ceilings, Finding, Slot, festival_rule, words_of
from welfare.enums import COUNTED, EntitlementState, Occasion, OutReason
from welfare.models import Benefit
from welfare.rules import days_of

_ON_A_DAY = """
here AS (
    SELECT p.member_id, p.branch_id, NULL::date AS birthday FROM members_membership AS p
    WHERE p.from_on <= %(day)s AND (p.until_on IS NULL OR p.until_on > %(day)s)
), gone AS (
    SELECT DISTINCT ON (p.member_id) p.*, %(day)s::date AS day FROM members_membership AS p
    WHERE p.from_on <= %(until)s AND (p.until_on IS NULL OR p.until_on > %(since)s)
      AND (p.from_on > %(day)s OR p.until_on <= %(day)s)
      AND NOT EXISTS (SELECT FROM here WHERE here.member_id = p.member_id)
    ORDER BY p.member_id, p.from_on <= %(day)s DESC, p.from_on DESC
), kept AS (
    SELECT k.member_id, k.from_on FROM members_keptmembership AS k
    WHERE k.from_on <= %(day)s AND (k.until_on IS NULL OR k.until_on > %(day)s)
)
"""
# On which day everybody keeps his birthday of the year (REGULATIONS.md 6.5): members.rules.birthdays, in sets.
_ON_BIRTHDAYS = """
born AS MATERIALIZED (
    SELECT m.id AS member_id,
           CASE WHEN m.birthday_calendar = 'lunar' THEN l.day
                WHEN to_char(m.birth_on, 'MMDD') = '0229' THEN make_date(%(year)s, 3, 1) - 1
                ELSE make_date(%(year)s, extract(month FROM m.birth_on)::int, extract(day FROM m.birth_on)::int)
           END AS day
    FROM members_member AS m
    LEFT JOIN unnest(%(months)s::int[], %(days)s::int[], %(leaps)s::bool[], %(kept_on)s::date[])
         AS l(lunar_month, lunar_day, leap, day)
      ON m.lunar_month = l.lunar_month AND m.lunar_day = l.lunar_day AND m.lunar_leap = l.leap
    WHERE m.merged_into_id IS NULL
), here AS (
    SELECT p.member_id, p.branch_id, b.day AS birthday FROM born AS b
    JOIN members_membership AS p ON p.member_id = b.member_id
     AND p.from_on <= b.day AND (p.until_on IS NULL OR p.until_on > b.day)
    WHERE b.day BETWEEN %(first)s AND %(last)s
), gone AS (
    SELECT DISTINCT ON (p.member_id) p.*, b.day FROM born AS b
    JOIN members_membership AS p ON p.member_id = b.member_id
    WHERE p.from_on <= %(until)s AND (p.until_on IS NULL OR p.until_on > %(since)s)
      AND (b.day BETWEEN %(first)s AND %(last)s OR b.day IS NULL)
      AND NOT EXISTS (SELECT FROM here WHERE here.member_id = p.member_id)
    ORDER BY p.member_id, p.from_on <= b.day DESC, p.from_on DESC
), kept AS (
    SELECT k.member_id, k.from_on FROM born AS b
    JOIN members_keptmembership AS k ON k.member_id = b.member_id
     AND k.from_on <= b.day AND (k.until_on IS NULL OR k.until_on > b.day)
    WHERE b.day BETWEEN %(first)s AND %(last)s
)
"""
# What everybody had this year of the same group; a record merged away counts for the living one.
_JUDGED = """
outs AS (
    SELECT coalesce(g.member_id, k.member_id) AS member_id, g.branch_id,
           CASE WHEN g.member_id IS NOT NULL AND g.day IS NULL THEN 'no_birthday'
                WHEN g.from_on <= g.day AND g.reason_out IN ('died', 'retired') THEN g.reason_out
                WHEN k.member_id IS NOT NULL THEN 'kept'
                WHEN g.from_on <= g.day THEN 'left' ELSE 'joined_after' END AS reason,
           CASE WHEN g.from_on <= g.day AND (k.member_id IS NULL OR g.reason_out IN ('died', 'retired'))
                THEN g.until_on - 1
                WHEN k.member_id IS NOT NULL THEN k.from_on
                WHEN g.day IS NOT NULL THEN g.from_on END AS reason_on
    FROM gone AS g FULL JOIN kept AS k ON k.member_id = g.member_id
    WHERE NOT EXISTS (SELECT FROM here WHERE here.member_id = k.member_id)
), had AS (
    SELECT coalesce(m.merged_into_id, e.member_id) AS member_id, sum(e.amount) AS wide,
           coalesce(sum(e.amount) FILTER (WHERE b.occasion = %(occasion)s), 0) AS own,
           count(*) FILTER (WHERE b.occasion = %(occasion)s) AS times
    FROM welfare_entitlement AS e JOIN welfare_benefit AS b ON b.id = e.benefit_id
    LEFT JOIN members_member AS m ON m.id = e.member_id AND m.merged_into_id IS NOT NULL
    WHERE b.year = %(year)s AND b.state <> 'cancelled' AND b.occasion = ANY(%(group)s)
      AND b.id <> %(benefit)s AND e.state = ANY(%(counted)s)
    GROUP BY 1
), found AS (
    SELECT here.*, %(is_birthday)s AND coalesce(had.times, 0) > 0 AS had_it,
           coalesce(had.wide, 0) + %(per_head)s > limits.wide AS over_wide, limits.wide_blocks,
           coalesce(CASE WHEN limits.own_counts THEN had.times + 1 ELSE had.own + %(per_head)s END,
                    CASE WHEN limits.own_counts THEN 1 ELSE %(per_head)s END) > limits.own AS over_own,
           limits.own_blocks
    FROM here LEFT JOIN had ON had.member_id = here.member_id
    LEFT JOIN unnest(%(branches)s::bigint[], %(wide)s::numeric[], %(wide_blocks)s::bool[],
                     %(own)s::numeric[], %(own_blocks)s::bool[], %(own_counts)s::bool[])
         AS limits(branch_id, wide, wide_blocks, own, own_blocks, own_counts) ON limits.branch_id = here.branch_id
), judged AS MATERIALIZED (
    SELECT member_id, branch_id, reason_on, reason, false AS over_wide, false AS over_own FROM outs
    UNION ALL
    SELECT member_id, branch_id, birthday,
           CASE WHEN had_it THEN 'received'
                WHEN over_wide AND wide_blocks OR over_own AND own_blocks THEN 'ceiling' ELSE '' END,
           coalesce(over_wide, false) AND NOT had_it, coalesce(over_own, false) AND NOT had_it
    FROM found
)
"""
_WRITTEN = """
, written AS (
    INSERT INTO welfare_entitlement (benefit_id, member_id, branch_id, amount, state, reason, reason_on, received_on)
    SELECT %(benefit)s, member_id, branch_id, CASE WHEN reason = '' THEN %(per_head)s ELSE 0 END,
           CASE WHEN reason = '' THEN %(state)s ELSE 'out' END, reason, reason_on,
           CASE WHEN reason = '' AND %(state)s = 'received' THEN coalesce(reason_on, %(day)s) END
    FROM judged
)
"""
_COUNTED = """
SELECT branch_id, reason, count(*), count(*) FILTER (WHERE over_wide), count(*) FILTER (WHERE over_own)
FROM judged GROUP BY branch_id, reason
"""
_PEOPLE = """
SELECT judged.member_id, m.staff_no, m.name, coalesce(b.short_name, ''), judged.reason, judged.reason_on
FROM judged JOIN members_member AS m ON m.id = judged.member_id
LEFT JOIN members_branch AS b ON b.id = judged.branch_id
WHERE judged.reason = %(wanted)s
ORDER BY b.position, b.id, m.pinyin, m.id LIMIT %(most)s OFFSET %(skip)s
"""


@dataclass(frozen=True)
class Judged:
    """A run's list in figures. ``people``: branch -> how many are due; ``outs``: reason -> how many are not."""

    per_head: Decimal
    people: dict[int, int]
    outs: dict[str, int]
    findings: list[Finding] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.people.values())

    @property
    def total(self) -> Decimal:
        return self.count * self.per_head

    @property
    def blocked(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.blocks]


@dataclass(frozen=True)
class Considered:
    """One person of a dry run."""

    member: int
    staff_no: str
    name: str
    branch: str
    reason: OutReason
    on: date | None


def judge(benefit: Benefit, ceilings: Ceilings, *, today: date) -> Judged:
    """The dry run: what a freeze of today would find."""
    return _told(benefit, ceilings, _ask(benefit, ceilings, _COUNTED, today=today))


def write(benefit: Benefit, ceilings: Ceilings, *, state: EntitlementState, today: date) -> Judged:
    """The same, and everybody who was considered is written into the run's list."""
    with row_states.not_kept():  # bulk work whose entry is about the run
        rows = _ask(benefit, ceilings, _WRITTEN + _COUNTED, today=today, state=str(state))
    return _told(benefit, ceilings, rows)


def people_of(
    benefit: Benefit, ceilings: Ceilings, *, reason: str, today: date, most: int, skip: int = 0
) -> Iterator[Considered]:
    """Those of a dry run with this reason ("": who is due), by branch and name."""
    rows = _ask(benefit, ceilings, _PEOPLE, today=today, wanted=reason, most=most, skip=skip)
    for member, staff_no, name, branch, why, on in rows:
        yield Considered(member, staff_no, name, branch, OutReason(why), on)


def _ask(benefit: Benefit, ceilings: Ceilings, what: str, *, today: date, **more: Any) -> list[tuple]:
    is_birthday = benefit.occasion == Occasion.BIRTHDAY
    statement = "".join(("WITH ", _ON_BIRTHDAYS if is_birthday else _ON_A_DAY, ",", _JUDGED, what))
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_facts(benefit, today), **_limits(benefit, ceilings), **more})
        return cursor.fetchall()


def _facts(benefit: Benefit, today: date) -> dict[str, Any]:
    """The days: who joined up to ``until`` and was on the roll after ``since`` is considered."""
    year = benefit.year
    first, last = days_of(year, benefit.month)
    day = benefit.eligible_on
    facts: dict[str, Any] = {
        **{"benefit": benefit.pk or 0, "occasion": str(benefit.occasion), "per_head": benefit.per_head},
        **{"year": year, "day": day, "first": first, "last": last},
        "since": min(date(year, 1, 1), day or first),
        "until": max(min(today, date(year, 12, 31)), day or last),
        "is_birthday": day is None,
        "counted": [str(state) for state in COUNTED],
    }
    if day is None:
        kept = lunar_birthdays_kept_in(year)
        months, days, leaps = zip(*kept, strict=True)
        facts |= {"months": list(months), "days": list(days), "leaps": list(leaps), "kept_on": list(kept.values())}
    return facts


def _limits(benefit: Benefit, ceilings: Ceilings) -> dict[str, Any]:
    """Two ceilings at most, as arrays over the branches: the group's sum, and the occasion's own sum or times."""
    branches = sorted({branch for rows in ceilings.rules.values() for branch in rows})
    given: dict[str, Any] = {"branches": branches, "group": ceilings.group}
    for name, slot in zip(("wide", "own"), [*ceilings.slots, None, None], strict=False):
        rules = [ceilings.rule(slot, branch) if slot else None for branch in branches]
        given[name] = [ceilings.limit(rule) if rule else None for rule in rules]
        given[f"{name}_blocks"] = [rule is not None and rule.effect == Effect.BLOCK for rule in rules]
        given["own_counts"] = [bool(slot and slot.counts)] * len(branches)
    return given


def _told(benefit: Benefit, ceilings: Ceilings, rows: list[tuple]) -> Judged:
    people: dict[int, int] = {}
    outs: dict[str, int] = {}
    over: dict[Slot, dict[int, int]] = {slot: {} for slot in ceilings.rules}
    for branch, reason, count, *beyond in rows:
        if reason == "":
            people[branch] = count
        else:
            outs[reason] = outs.get(reason, 0) + count
        for slot, number in zip(ceilings.slots, beyond, strict=False):
            if slot in over:
                over[slot][branch] = over[slot].get(branch, 0) + number
    judged = Judged(benefit.per_head, people, outs, _findings(benefit, ceilings, over))
    share = budget_share.finding_of(benefit, people=judged.count, total=judged.total)
    return replace(judged, findings=[*judged.findings, share]) if share else judged


def _findings(benefit: Benefit, ceilings: Ceilings, over: dict[Slot, dict[int, int]]) -> list[Finding]:
    """One a rule that was asked, that of the year's sum first; the list of festivals where this one is not on it."""
    found = []
    for slot, over_here in over.items():
        rows = ceilings.rules[slot]
        for rule in {row.pk: row for row in rows.values()}.values():
            limit = ceilings.limit(rule)
            if limit is None:
                continue
            where = tuple(sorted(branch for branch, row in rows.items() if row.pk == rule.pk))
            people = sum(over_here.get(branch, 0) for branch in where)
            found.append(Finding(rule, people, words_of(rule, people), slot, limit, where))
    listed, is_on_it = festival_rule(benefit.occasion, on=ceilings.on)
    if listed is not None and not is_on_it:
        found.append(Finding(listed, 1, f"{listed}（{listed.decided_by}）"))
    return found
