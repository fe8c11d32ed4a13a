"""Who is meant by a rule, and who is left out for which reason: one statement for preview, run and delivery.

Set-based on purpose: 20,000 members are one statement. Every value in it is a parameter; what PostgreSQL does not
know (lunar days, festivals, the matters of a source) comes as arrays.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from core.calendar.lunar import lunar_birthdays_kept_in
from core.enums import Role
from members.selectors import branches_below
from notices import rules, segments
from notices.enums import TO_MEMBERS, Audience, RuleKind
from notices.models import ReminderRule
from notices.occasions import Day, days_of

# Who prepares: gifts are ordered by union staff and handed out by the branches.
STAFF_ROLES = (Role.UNION_STAFF, Role.CHAIR, Role.BRANCH_OFFICER)

# To build on: the rule's occasions.
DAYS = """
WITH day AS (
    SELECT * FROM unnest(%(day_years)s::int[], %(day_keys)s::text[], %(day_ons)s::date[], %(day_dues)s::date[],
        %(day_abouts)s::text[], %(day_members)s::bigint[], %(day_roles)s::text[], %(day_branches)s::bigint[])
        AS k(year, key, day, due_on, about, member_id, role, branch_id)
)"""

# To join to a member ``m`` and a year ``y``: his birthday in that year as ``b.day``, by the calendar of his choice.
# A birthday plus whole years: PostgreSQL puts 29 February on the 28th in common years (REGULATIONS 6.5).
BIRTHDAY = """
    LEFT JOIN unnest(%(lunar_years)s::int[], %(lunar_births)s::int[], %(lunar_days)s::date[]) AS l(year, birth, day)
        ON m.birthday_calendar = 'lunar' AND l.year = y.year
        AND l.birth = (m.lunar_month * 100 + m.lunar_day) * CASE WHEN m.lunar_leap THEN -1 ELSE 1 END
    CROSS JOIN LATERAL (SELECT CASE m.birthday_calendar WHEN 'lunar' THEN l.day ELSE
        (m.birth_on + make_interval(years => y.year - EXTRACT(YEAR FROM m.birth_on)::int))::date END AS day) b"""

# Two more CTEs. ``candidate``: every (person, occasion) of the rule in the years asked for, or with the source "made"
# every open delivery of the rule. ``judged``: those due in the window, ``reason`` why not ('' = in), ``off`` the
# channels that the person has switched off, on his account or on his member record, ``person`` one key for joins.
# - On the roll on the run's day and on the occasion: who retires before his birthday is no longer ours.
# - A matter that its source does not tell any more is done.
_CANDIDATE = """, candidate AS (
    SELECT """
_OF_A_MEMBER = "m.id AS member_id, NULL::bigint AS user_id, m.id AS own_member, m.user_id AS own_user, "
_OF_A_USER = "NULL::bigint AS member_id, u.id AS user_id, m.id AS own_member, u.id AS own_user, "
_ON_A_DAY = """k.year AS occasion_year, k.key AS occasion_key, k.about,
           k.day AS occasion_on, k.due_on, NULL::bigint AS reminder_id, NULL::bigint AS delivery_id
    FROM """
_MEANT = """(%(everybody)s OR m.id = ANY(%(people)s::bigint[])) AND (%(all_branches)s OR EXISTS (
        SELECT 1 FROM members_membership p WHERE p.member_id = m.id AND p.branch_id = ANY(%(branches)s::bigint[])
        AND p.from_on <= %(on)s AND (p.until_on IS NULL OR p.until_on > %(on)s)))"""
_BORN = """y.year AS occasion_year, '' AS occasion_key, '' AS about,
           b.day AS occasion_on, b.day - %(ahead)s::int AS due_on,
           NULL::bigint AS reminder_id, NULL::bigint AS delivery_id
    FROM members_member m
    CROSS JOIN generate_series(%(first_year)s::int, %(last_year)s::int) AS y(year)"""
_ALL_STAFF = """core_user u
    LEFT JOIN members_member m ON m.user_id = u.id
    CROSS JOIN day k
    WHERE EXISTS (SELECT 1 FROM core_rolegrant g WHERE g.user_id = u.id AND g.role = ANY(%(staff_roles)s::text[]))"""
_WHOEVER_IS_IN_CHARGE = """day k
    JOIN core_rolegrant g ON g.role = k.role AND (k.branch_id IS NULL OR g.branch_id = k.branch_id)
        AND g.from_on <= %(on)s AND (g.until_on IS NULL OR g.until_on > %(on)s)
    JOIN core_user u ON u.id = g.user_id
    LEFT JOIN members_member m ON m.user_id = u.id"""
# OFFSET 0: every delivery looks its own reminder up. The planner expects one row where everybody is due since this
# morning, and would read all of the rule's rows for each chunk.
_MADE = """r.member_id, r.user_id, coalesce(r.member_id, u.id) AS own_member,
           coalesce(r.user_id, m.user_id) AS own_user, r.occasion_year, r.occasion_key, r.about, r.occasion_on,
           r.due_on, r.id AS reminder_id, d.id AS delivery_id
    FROM notices_delivery d
    CROSS JOIN LATERAL (SELECT * FROM notices_reminder WHERE id = d.reminder_id OFFSET 0) r
    LEFT JOIN members_member m ON m.id = r.member_id
    LEFT JOIN members_member u ON u.user_id = r.user_id
    WHERE d.state IN ('pending', 'failed') AND d.id BETWEEN %(first_id)s AND %(last_id)s AND r.rule_id = %(rule)s"""
_CANDIDATES = {
    "birthday": (
        _OF_A_MEMBER,
        _BORN,
        BIRTHDAY,
        " WHERE b.day > coalesce(m.birth_on, '-infinity') AND ",
        _MEANT,
    ),
    "members": (_OF_A_MEMBER, _ON_A_DAY, "members_member m CROSS JOIN day k WHERE ", _MEANT),
    "concerned": (
        _OF_A_MEMBER,
        _ON_A_DAY,
        "day k JOIN members_member m ON m.id = k.member_id WHERE ",
        _MEANT,
    ),
    "staff": (_OF_A_USER, _ON_A_DAY, _ALL_STAFF),
    "in_charge": ("DISTINCT ", _OF_A_USER, _ON_A_DAY, _WHOEVER_IS_IN_CHARGE),
    "made": (_MADE,),
}
_JUDGED = """
), judged AS MATERIALIZED (
    SELECT c.*, coalesce(c.member_id, -c.user_id) AS person, off.channels AS off, CASE
        WHEN c.reminder_id IS NOT NULL AND %(tells_all)s AND NOT EXISTS (
            SELECT 1 FROM day k WHERE k.year = c.occasion_year AND k.key = c.occasion_key) THEN 'done'
        WHEN NOT belongs.belongs THEN 'not_on_roll'
        WHEN off.channels @> %(channels)s::text[] THEN 'opted_out'
        WHEN c.due_on < %(late_before)s THEN 'too_late'
        ELSE '' END AS reason
    FROM candidate c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.member_id IS NOT NULL THEN
            (SELECT bool_or(p.from_on <= %(on)s AND (p.until_on IS NULL OR p.until_on > %(on)s))
                AND bool_or(p.from_on <= c.occasion_on AND (p.until_on IS NULL OR p.until_on > c.occasion_on))
             FROM members_membership p WHERE p.member_id = c.member_id) IS TRUE
        ELSE
            EXISTS (SELECT 1 FROM core_user u JOIN core_rolegrant g ON g.user_id = u.id
                    WHERE u.id = c.user_id AND u.is_active AND g.role = ANY(%(staff_roles)s::text[])
                    AND g.from_on <= %(on)s AND (g.until_on IS NULL OR g.until_on > %(on)s))
        END AS belongs
    ) belongs
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(ch.channel), '{}') AS channels
        FROM unnest(%(channels)s::text[]) AS ch(channel)
        WHERE NOT %(critical)s AND EXISTS (
            SELECT 1 FROM notices_noticepreference x
            WHERE (x.member_id = c.own_member OR x.user_id = c.own_user)
            AND (x.rule_id IS NULL OR x.rule_id = %(rule)s) AND x.channel IN ('', ch.channel))
    ) off
    WHERE c.due_on BETWEEN %(first)s AND %(last)s
)"""
_ALL_IDS = (0, 2**63 - 1)


def statement(values: dict[str, Any], then: str) -> str:
    """``judged`` for the source that ``values`` (of ``parameters``) name, and what ``then`` does with it."""
    return "".join((DAYS, _CANDIDATE, *_CANDIDATES[values["source"]], _JUDGED, then))


def parameters(
    *, rule: ReminderRule, on: date, found: rules.Window, ids: tuple[int, int] = _ALL_IDS, made: bool = False
) -> dict[str, Any]:
    """What ``judged`` must know about a run of ``rule`` on ``on``; with ``made`` about the rows that are open.

    ``ids``: of those, the deliveries from the first to the last of these two.
    """
    tells_all = rule.kind in (RuleKind.DATE, RuleKind.SOURCE)
    days = days_of(rule, on=on, found=found) if tells_all or not made else []
    years = [day.year for day in days] if tells_all else rules.occasion_years(found, rule.ahead_days)
    first_year, last_year = (min(years), max(years)) if years else (on.year, on.year)
    is_for_branches = rule.audience == Audience.BRANCHES and not made
    is_for_segment = rule.audience == Audience.SEGMENT and not made
    return {
        **_columns(days),
        **_lunar(first_year, last_year, rule.kind == RuleKind.BIRTHDAY and not made),
        "source": "made" if made else _source_of(rule),
        "rule": rule.pk,
        "on": on,
        "ahead": rule.ahead_days,
        "first": found.first,
        "last": found.last,
        "late_before": found.late_before,
        "first_year": first_year,
        "last_year": last_year,
        "tells_all": tells_all,
        "all_branches": not is_for_branches,
        "branches": branches_below(rule.branches.values_list("pk", flat=True)) if is_for_branches else [],
        "everybody": not is_for_segment,
        "people": segments.people_of(rule, on=on) if is_for_segment else [],
        "channels": list(rule.channels),
        "critical": rule.service_critical,
        "staff_roles": _roles_of(rule, days),
        "first_id": ids[0],
        "last_id": ids[1],
    }


def _source_of(rule: ReminderRule) -> str:
    """Which branch of ``candidate`` the rule draws from."""
    to_members = rule.audience in TO_MEMBERS
    if rule.kind == RuleKind.BIRTHDAY:
        return "birthday"
    if rule.kind == RuleKind.SOURCE:
        return "concerned" if to_members else "in_charge"
    return "members" if to_members else "staff"


def _roles_of(rule: ReminderRule, days: list[Day]) -> list[str]:
    """The offices that a staff rule speaks to; of a matter those that it waits for."""
    if rule.audience == Audience.ROLE:
        return list(rule.roles)
    if rule.kind == RuleKind.SOURCE:
        return sorted({day.role for day in days if day.role})
    return [str(role) for role in STAFF_ROLES]


def _columns(days: list[Day]) -> dict[str, list]:
    """``days`` as one array for each column of ``day``."""
    columns = [list(column) for column in zip(*days, strict=True)] or [[] for _ in Day._fields]
    names = ("years", "keys", "ons", "dues", "abouts", "members", "roles", "branches")
    return {f"day_{name}": column for name, column in zip(names, columns, strict=True)}


def _lunar(first_year: int, last_year: int, wanted: bool) -> dict[str, list]:
    """Every lunar birthday that there is, and its day in each of the years."""
    rows = [row for year in range(first_year, last_year + 1) for row in _lunar_year(year)] if wanted else []
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return dict(zip(("lunar_years", "lunar_births", "lunar_days"), columns, strict=True))


@lru_cache(maxsize=8)
def _lunar_year(year: int) -> tuple[tuple[int, int, date], ...]:
    """(year, birth as ``BIRTHDAY`` compares it, day) of a solar year."""
    kept = lunar_birthdays_kept_in(year)
    return tuple((year, (month * 100 + n) * (-1 if leap else 1), day) for (month, n, leap), day in kept.items())
