"""Make the rows of what is due. The guarantee is the unique constraint, not who runs this or how often."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from core import audit
from notices import eligibility, rules
from notices.enums import Audience, RuleKind
from notices.models import ReminderRule
from notices.services import post
from notices.services.group_posts import make_posts

# Ordered, so that two runs at once wait for each other instead of deadlocking. NOT IN is hashed whatever the planner
# expects of ``judged``; an anti join was a nested loop over everybody.
_MAKE = """
, made AS (
    INSERT INTO notices_reminder (
        rule_id, member_id, user_id, occasion_year, occasion_key, about, occasion_on, due_on, created_at)
    SELECT %(rule)s, j.member_id, j.user_id, j.occasion_year, j.occasion_key, j.about, j.occasion_on, j.due_on, %(at)s
    FROM judged j
    WHERE j.reason IN ('', 'too_late') AND (j.person, j.occasion_year, j.occasion_key) NOT IN (
        SELECT coalesce(r.member_id, -r.user_id), r.occasion_year::int, r.occasion_key::text FROM notices_reminder r
        WHERE r.rule_id = %(rule)s AND r.occasion_year BETWEEN %(first_year)s AND %(last_year)s)
    ORDER BY j.member_id, j.user_id, j.occasion_year, j.occasion_key
    ON CONFLICT DO NOTHING
    RETURNING id, coalesce(member_id, -user_id) AS person, occasion_year, occasion_key
), delivery AS (
    INSERT INTO notices_delivery (reminder_id, channel, state, reason, message_id, attempts)
    SELECT made.id, ch.channel, CASE j.reason WHEN '' THEN 'pending' ELSE 'skipped' END, j.reason,
           CASE ch.channel WHEN 'email' THEN '<' || gen_random_uuid() || '@' || %(mail_domain)s || '>' ELSE '' END, 0
    FROM made
    JOIN judged j USING (occasion_year, occasion_key, person)
    CROSS JOIN unnest(%(channels)s::text[]) AS ch(channel)
    WHERE ch.channel <> ALL (j.off)
    RETURNING state
)
SELECT (SELECT count(*) FROM made),
       count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'skipped')
FROM delivery"""

# The day moved (a birth date corrected, another calendar chosen, a rule's days or a matter's day changed): what
# nobody got yet moves along, what was sent stays.
_MOVED = """, moved AS (
    UPDATE notices_reminder r SET occasion_on = n.occasion_on, due_on = n.due_on
    FROM (
        SELECT r.id, coalesce(b.day, k.day) AS occasion_on, coalesce(b.day - %(ahead)s::int, k.due_on) AS due_on
        FROM notices_reminder r
        CROSS JOIN LATERAL (SELECT r.occasion_year AS year) y
        LEFT JOIN members_member m ON m.id = r.member_id AND %(is_birthday)s"""
_WHERE_NOBODY_GOT_IT = """
        LEFT JOIN (SELECT DISTINCT year, key, day, due_on FROM day) k
            ON k.year = r.occasion_year AND k.key = r.occasion_key
        WHERE r.rule_id = %(rule)s AND r.occasion_year BETWEEN %(first_year)s AND %(last_year)s
    ) n
    WHERE r.id = n.id AND (r.occasion_on <> n.occasion_on OR r.due_on <> n.due_on)
    AND NOT EXISTS (SELECT 1 FROM notices_delivery d
                    WHERE d.reminder_id = r.id AND (d.state IN ('sending', 'sent') OR d.digest_id IS NOT NULL))
    RETURNING r.id
), reopened AS (
    UPDATE notices_delivery d SET state = 'pending', reason = '' FROM moved
    WHERE d.reminder_id = moved.id AND d.state = 'skipped' AND d.reason IN ('too_late', 'done')
)
SELECT count(*) FROM moved"""
_MOVE = "".join((eligibility.DAYS, _MOVED, eligibility.BIRTHDAY, _WHERE_NOBODY_GOT_IT))


@dataclass(frozen=True)
class Made:
    """What one run made: reminders, their deliveries to be sent or recorded as too late, dates that moved."""

    reminders: int = 0
    deliveries: int = 0
    too_late: int = 0
    moved: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@transaction.atomic
def make_due(*, on: date, at: datetime) -> Made:
    """Make the rows of every active rule for all that fell due up to ``on`` since its last run; safe to repeat."""
    made = Made()
    cut = {}
    for rule in ReminderRule.objects.filter(is_active=True).order_by("pk"):
        found = rules.window(
            on=on,
            started_on=rule.started_on,
            covered_until_on=rule.covered_until_on,
            skip_after_days=rule.skip_after_days,
        )
        of_rule = _make(rule=rule, on=on, found=found, at=at)
        if of_rule.deliveries and rule.audience in (Audience.STAFF, Audience.ROLE):
            make_posts(rule=rule, on=on, at=at)
        made += of_rule
        if found.cut_from:
            cut[rule.code] = f"{found.cut_from}/{found.first}"
        _cover(rule=rule, on=on)
    if made != Made() or cut:
        data = {
            "on": str(on),
            "reminders": made.reminders,
            "too_late": made.too_late,
            "moved": made.moved,
            "cut": cut,
        }
        audit.record(actor=None, action="notices.reminder.made", data=data, at=at)
    return made


def _make(*, rule: ReminderRule, on: date, found: rules.Window, at: datetime) -> Made:
    values: dict[str, Any] = {
        **eligibility.parameters(rule=rule, on=on, found=found),
        "at": at,
        "mail_domain": post.mail_domain(),
        "is_birthday": rule.kind == RuleKind.BIRTHDAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)
        (moved,) = cursor.fetchone()
        cursor.execute(eligibility.statement(values, _MAKE), values)
        reminders, deliveries, too_late = cursor.fetchone()
    return Made(reminders=reminders, deliveries=deliveries, too_late=too_late, moved=moved)


def _cover(*, rule: ReminderRule, on: date) -> None:
    """Note how far the rule has been carried out; the next run begins there."""
    until_on = max(rule.covered_until_on or on, on)
    if rule.started_on and rule.covered_until_on == until_on:
        return
    rule.started_on, rule.covered_until_on = rule.started_on or on, until_on
    rule.save(update_fields=["started_on", "covered_until_on"])
