"""What a delivery says, to whom. Class C1 only: a name, a unit, a day; nothing that would hurt in a mail box."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.reminders import source_of
from members.models import Member, Membership
from notices import rules
from notices.enums import Repeat, RuleKind, Timing
from notices.models import Delivery, Reminder, ReminderRule


@dataclass(frozen=True)
class Letter:
    """Something to be sent in words; ``address`` is "" when the person has none that is valid."""

    subject: str
    body: str
    address: str
    message_id: str
    can_be_switched_off: bool = True


class Named(NamedTuple):
    """A person as far as the portal's message needs him."""

    name: str


def letters_for(deliveries: list[Delivery], *, on: date) -> list[Letter]:
    """The words of each delivery as of ``on``; a fixed number of queries for the whole chunk."""
    reminders = [delivery.reminder for delivery in deliveries]
    by_mail = any(delivery.message_id for delivery in deliveries)
    members = [reminder.member_id for reminder in reminders if reminder.member_id]
    users = [reminder.user_id for reminder in reminders if reminder.user_id]
    branches = dict(Membership.objects.on(on).filter(member__in=members).values_list("member", "branch__short_name"))
    people = _people(Member, members, by_mail), _people(User, users, by_mail)
    kept = ReminderRule.objects.in_bulk({reminder.rule_id for reminder in reminders})
    letters = []
    for delivery in deliveries:
        reminder = delivery.reminder
        reminder.rule = kept[reminder.rule_id]
        person = people[0].get(reminder.member_id) or people[1][reminder.user_id]
        letters.append(_letter(delivery, person, branches.get(reminder.member_id, ""), on))
    return letters


def _people(model, pks: list[int], by_mail: bool) -> dict[int | None, Any]:
    """The people by id; for the portal their names are enough, for a mail both of their records are asked."""
    if not pks:
        return {}
    rows = model.objects.filter(pk__in=pks)
    if not by_mail:
        return {pk: Named(name) for pk, name in rows.values_list("pk", "name")}
    return {row.pk: row for row in rows.select_related("user" if model is Member else "member")}


def _letter(delivery: Delivery, person: Any, branch: str, on: date) -> Letter:
    reminder = delivery.reminder
    values = values_of(reminder, on=on) | {"name": person.name, "branch": branch}
    return Letter(
        subject=rules.one_line(rules.render(reminder.rule.subject, values)),
        body=rules.render(reminder.rule.body, values),
        address=address_of(person) if delivery.message_id else "",
        message_id=delivery.message_id,
        can_be_switched_off=not reminder.rule.service_critical,
    )


def values_of(reminder: Reminder, *, on: date) -> dict[str, str]:
    """The placeholders of a rule's text that do not depend on who reads it."""
    rule = reminder.rule
    days = (reminder.occasion_on - on).days
    counts_both_ways = rule.timing == Timing.AFTER or rule.repeat == Repeat.EVERY
    return {
        "days": str(abs(days) if counts_both_ways else max(days, 0)),
        "occasion": occasion_of(rule),
        "date": rules.chinese_date(reminder.occasion_on),
        "about": reminder.about,
    }


def occasion_of(rule: ReminderRule) -> str:
    """What the rule is about, in a word or two."""
    if rule.kind == RuleKind.SOURCE:
        source = source_of(rule.source)
        return str(source.label) if source else rule.name
    if rule.kind == RuleKind.DATE:
        return rule.name
    return rule.occasion or _("生日")


def address_of(person) -> str:
    """The person's own address, else that of his other record; "" unless it is a valid one."""
    other = getattr(person, "user", None) or getattr(person, "member", None)
    for candidate in (person.email, other.email if other else ""):
        try:
            validate_email(candidate)
        except ValidationError:
            continue
        return candidate
    return ""


def footer(letter: Letter) -> str:
    """Below every mail: where it comes from and where to switch it off."""
    url = settings.PUBLIC_URL.rstrip("/") + reverse("notices:preferences")
    if not letter.can_be_switched_off:
        return _("本邮件由校工会系统自动发送，请勿直接回复。")
    return _("本邮件由校工会系统自动发送，请勿直接回复。不想再收到：%(url)s") % {"url": url}
