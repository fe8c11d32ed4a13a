"""Reads of notices: what is unread, what a person may switch off, who is due on a day and who is not, and why."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q

from notices import eligibility, rules
from notices.eligibility import STAFF_ROLES
from notices.enums import TO_MEMBERS, Audience, Channel
from notices.models import DigestChoice, InboxMessage, NoticePreference, ReminderRule


def unread_count(user) -> int:
    """How many messages of ``user`` are unread."""
    return InboxMessage.objects.visible_to(user).unread().count()


def rules_to_switch(user) -> list[ReminderRule]:
    """The active rules that can reach this person and that he may switch off: none of the service-critical ones."""
    audiences = [*TO_MEMBERS] if hasattr(user, "member") else []
    if user.holds(*STAFF_ROLES):
        audiences.append(Audience.STAFF)
    for_me = Q(audience__in=audiences) | Q(audience=Audience.ROLE, roles__overlap=[str(role) for role in user.roles])
    found = ReminderRule.objects.filter(for_me, is_active=True, service_critical=False)
    return list(found.order_by("pk"))


def digest_of(user) -> str:
    """How often this person's mails come together; "" means each by itself."""
    return DigestChoice.objects.filter(user=user).values_list("period", flat=True).first() or ""


def switched_off(user) -> tuple[set[int], set[str]]:
    """What ``user`` does not want: rules in any form, and channels for everything."""
    rows = NoticePreference.objects.visible_to(user).values_list("rule", "channel")
    return (
        {rule for rule, channel in rows if rule and not channel},
        {channel for rule, channel in rows if not rule and channel in Channel.values},
    )


@dataclass(frozen=True)
class Due:
    """One person on a rule's list for a day; ``reason`` says why he is left out, "" means he is in."""

    name: str
    number: str
    occasion_on: date
    due_on: date
    about: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """Who would be reminded on a day: counts by reason ("" = in), and the first of them, those in before the rest."""

    counts: dict[str, int]
    people: list[Due]


_COUNTS = " SELECT reason, count(*) FROM judged GROUP BY reason ORDER BY reason"
_PEOPLE = """
SELECT coalesce(m.name, u.name), coalesce(m.staff_no, u.username), j.occasion_on, j.due_on, j.about, j.reason
FROM judged j LEFT JOIN members_member m ON m.id = j.member_id LEFT JOIN core_user u ON u.id = j.user_id
ORDER BY j.reason <> '', j.due_on, m.pinyin, 2, j.about LIMIT %(limit)s"""


def preview(rule: ReminderRule, *, on: date, days: int = 1, limit: int = 200) -> Preview:
    """Who is due under ``rule`` on ``on`` and the days after, judged exactly as a run on ``on`` would."""
    found = rules.Window(on, on + timedelta(days=days - 1), on - timedelta(days=rule.skip_after_days))
    values = eligibility.parameters(rule=rule, on=on, found=found) | {"limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(eligibility.statement(values, _COUNTS), values)
        counts = dict(cursor.fetchall())
        cursor.execute(eligibility.statement(values, _PEOPLE), values)
        return Preview(counts, [Due(*row) for row in cursor.fetchall()])
