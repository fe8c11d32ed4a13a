"""Who is meant by a rule, and who is left out for which reason: one statement for preview, run and delivery.

Set-based on purpose: 20,000 members are one statement. Every value in it is a parameter.
"""

from datetime import date
from typing import Any

from core.calendar.festivals import festival_on
from core.enums import Role
from notices import rules
from notices.enums import Audience, RuleKind
from notices.models import ReminderRule

# Who prepares: gifts are ordered by union staff and handed out by the branches.
STAFF_ROLES = (Role.UNION_STAFF, Role.CHAIR, Role.BRANCH_OFFICER)

# Two CTEs to build on. ``candidate``: every (person, occasion) of the rule in the years asked for; with ``made`` the
# reminders that are already rows. ``judged``: those due in the window, ``reason`` why not ('' = in), ``off`` the
# channels that the person has switched off, on his account or on his member record, ``person`` one key for joins.
# - A birthday plus whole years: PostgreSQL puts 29 February on the 28th in common years (REGULATIONS 6.5).
# - On the roll on the run's day and on the occasion: who retires before his birthday is no longer ours.
JUDGED = """
WITH candidate AS (
    SELECT m.id AS member_id, NULL::bigint AS user_id, m.id AS own_member, m.user_id AS own_user,
           y.year AS occasion_year, b.occasion_on, NULL::bigint AS reminder_id
    FROM members_member m
    CROSS JOIN generate_series(%(first_year)s::int, %(last_year)s::int) AS y(year)
    CROSS JOIN LATERAL (
        SELECT (m.birth_on + make_interval(years => y.year - EXTRACT(YEAR FROM m.birth_on)::int))::date AS occasion_on
    ) b
    WHERE %(source)s = 'birthday' AND m.birth_on < b.occasion_on
  UNION ALL
    SELECT m.id, NULL, m.id, m.user_id, f.year, f.day, NULL
    FROM members_member m CROSS JOIN unnest(%(years)s::int[], %(days)s::date[]) AS f(year, day)
    WHERE %(source)s = 'festival_members'
  UNION ALL
    SELECT NULL, u.id, m.id, u.id, f.year, f.day, NULL
    FROM core_user u
    LEFT JOIN members_member m ON m.user_id = u.id
    CROSS JOIN unnest(%(years)s::int[], %(days)s::date[]) AS f(year, day)
    WHERE %(source)s = 'festival_staff'
    AND EXISTS (SELECT 1 FROM core_rolegrant g WHERE g.user_id = u.id AND g.role = ANY(%(staff_roles)s))
  UNION ALL
    SELECT r.member_id, NULL, r.member_id, m.user_id, r.occasion_year, r.occasion_on, r.id
    FROM notices_reminder r JOIN members_member m ON m.id = r.member_id
    WHERE %(source)s = 'made' AND r.rule_id = %(rule)s AND r.id IN (
        SELECT d.reminder_id FROM notices_delivery d WHERE d.state IN ('pending', 'failed'))
  UNION ALL
    SELECT NULL, r.user_id, m.id, r.user_id, r.occasion_year, r.occasion_on, r.id
    FROM notices_reminder r LEFT JOIN members_member m ON m.user_id = r.user_id
    WHERE %(source)s = 'made' AND r.rule_id = %(rule)s AND r.user_id IS NOT NULL AND r.id IN (
        SELECT d.reminder_id FROM notices_delivery d WHERE d.state IN ('pending', 'failed'))
), judged AS MATERIALIZED (
    SELECT c.*, coalesce(c.member_id, -c.user_id) AS person, due.due_on, off.channels AS off, CASE
        WHEN NOT belongs.belongs THEN 'not_on_roll'
        WHEN off.channels @> %(channels)s::text[] THEN 'opted_out'
        WHEN due.due_on < %(late_before)s THEN 'too_late'
        ELSE '' END AS reason
    FROM candidate c
    CROSS JOIN LATERAL (SELECT c.occasion_on - %(offset)s::int AS due_on) due
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.member_id IS NOT NULL THEN
            EXISTS (SELECT 1 FROM members_membership p WHERE p.member_id = c.member_id
                    AND p.from_on <= %(on)s AND (p.until_on IS NULL OR p.until_on > %(on)s))
            AND EXISTS (SELECT 1 FROM members_membership p WHERE p.member_id = c.member_id
                    AND p.from_on <= c.occasion_on AND (p.until_on IS NULL OR p.until_on > c.occasion_on))
        ELSE
            EXISTS (SELECT 1 FROM core_user u JOIN core_rolegrant g ON g.user_id = u.id
                    WHERE u.id = c.user_id AND u.is_active AND g.role = ANY(%(staff_roles)s)
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
    WHERE due.due_on BETWEEN %(first)s AND %(last)s
)"""

_SOURCES = {
    (RuleKind.BIRTHDAY, Audience.MEMBERS): "birthday",
    (RuleKind.FESTIVAL, Audience.MEMBERS): "festival_members",
    (RuleKind.FESTIVAL, Audience.STAFF): "festival_staff",
}


def parameters(*, rule: ReminderRule, on: date, found: rules.Window) -> dict[str, Any]:
    """What ``JUDGED`` must know about a run of ``rule`` on ``on``."""
    years = list(rules.occasion_years(found, rule.offset_days))
    dated = occasion_days(rule, years)
    return {
        "source": _SOURCES[RuleKind(rule.kind), Audience(rule.audience)],
        "rule": rule.pk,
        "on": on,
        "offset": rule.offset_days,
        "first": found.first,
        "last": found.last,
        "late_before": found.late_before,
        "first_year": years[0],
        "last_year": years[-1],
        "years": list(dated),
        "days": list(dated.values()),
        "channels": list(rule.channels),
        "critical": rule.service_critical,
        "staff_roles": [str(role) for role in STAFF_ROLES],
    }


def occasion_days(rule: ReminderRule, years: list[int]) -> dict[int, date]:
    """year -> the festival's day; nothing for birthdays."""
    if rule.kind != RuleKind.FESTIVAL:
        return {}
    return {year: festival_on(rule.occasion, year) for year in years}
