"""Reads of notices: what is unread, what a person may switch off, what the dashboard tells."""

from notices.eligibility import STAFF_ROLES
from notices.enums import Audience, Channel
from notices.models import InboxMessage, NoticePreference, ReminderRule


def unread_count(user) -> int:
    """How many messages of ``user`` are unread."""
    return InboxMessage.objects.visible_to(user).unread().count()


def rules_to_switch(user) -> list[ReminderRule]:
    """The active rules that can reach this person and that he may switch off: none of the service-critical ones."""
    audiences = [Audience.MEMBERS] if hasattr(user, "member") else []
    if user.holds(*STAFF_ROLES):
        audiences.append(Audience.STAFF)
    return list(ReminderRule.objects.filter(is_active=True, service_critical=False, audience__in=audiences))


def switched_off(user) -> tuple[set[int], set[str]]:
    """What ``user`` does not want: rules in any form, and channels for everything."""
    rows = NoticePreference.objects.visible_to(user).values_list("rule", "channel")
    return (
        {rule for rule, channel in rows if rule and not channel},
        {channel for rule, channel in rows if not rule and channel in Channel.values},
    )
