"""What a delivery says, to whom. Class C1 only: a name, a unit, a day; nothing that would hurt in a mail box."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.reminders import source_of
from members.models import Member, Membership
from notices import rules
from notices.enums import Repeat, RuleKind, Timing
from notices.models import Delivery, ReminderRule


@dataclass(frozen=True)
class Letter:
    """Something to be sent in words; ``address`` is "" when the person has none that is valid."""

    subject: str
    body: str
    address: str
    message_id: str
    can_be_switched_off: bool = True


class Parcel(NamedTuple):
    """A delivery with what its words need of its reminder; ``message_id`` is "" for the portal."""

    delivery: int
    attempts: int
    message_id: str
    rule: int
    member: int | None
    user: int | None
    occasion_on: date
    about: str
    name: str
    branch: str


def parcels_of(deliveries: QuerySet[Delivery], *, on: date) -> list[Parcel]:
    """These deliveries as they stand, each with the name of its person and his branch as of ``on``: one query."""
    branch = Membership.objects.on(on).filter(member=OuterRef("reminder__member")).order_by()
    rows = deliveries.values_list(
        *("pk", "attempts", "message_id", "reminder__rule", "reminder__member", "reminder__user"),
        *("reminder__occasion_on", "reminder__about"),
        Coalesce("reminder__member__name", "reminder__user__name"),
        Coalesce(Subquery(branch.values("branch__short_name")[:1]), Value("")),
    )
    return [Parcel(*row) for row in rows]


def letters_for(parcels: list[Parcel], *, on: date) -> list[Letter]:
    """The words of each delivery as of ``on``; a fixed number of queries for the whole chunk."""
    kept = ReminderRule.objects.in_bulk({parcel.rule for parcel in parcels})
    mails = [parcel for parcel in parcels if parcel.message_id]
    addresses = _addresses(mails) if mails else {}
    texts: dict[tuple[int, date, str], dict[str, str]] = {}
    letters = []
    for parcel in parcels:
        rule, occasion = kept[parcel.rule], (parcel.rule, parcel.occasion_on, parcel.about)
        if occasion not in texts:  # a festival is the same for all
            texts[occasion] = values_of(rule, occasion_on=parcel.occasion_on, about=parcel.about, on=on)
        values = texts[occasion] | {"name": parcel.name, "branch": parcel.branch}
        letters.append(_letter(parcel, rule, values, addresses.get((parcel.member, parcel.user), "")))
    return letters


def _addresses(parcels: list[Parcel]) -> dict[tuple[int | None, int | None], str]:
    """Where each person's mails go, by (member, user); of the person's other record where his own has none."""
    members = Member.objects.filter(pk__in=[parcel.member for parcel in parcels if parcel.member])
    users = User.objects.filter(pk__in=[parcel.user for parcel in parcels if parcel.user])
    found = {(member.pk, None): address_of(member) for member in members.select_related("user")}
    return found | {(None, user.pk): address_of(user) for user in users.select_related("member")}


def _letter(parcel: Parcel, rule: ReminderRule, values: dict[str, str], address: str) -> Letter:
    return Letter(
        subject=rules.one_line(rules.render(rule.subject, values)),
        body=rules.render(rule.body, values),
        address=address,
        message_id=parcel.message_id,
        can_be_switched_off=not rule.service_critical,
    )


def values_of(rule: ReminderRule, *, occasion_on: date, about: str, on: date) -> dict[str, str]:
    """The placeholders of a rule's text that do not depend on who reads it."""
    days = (occasion_on - on).days
    counts_both_ways = rule.timing == Timing.AFTER or rule.repeat == Repeat.EVERY
    return {
        "days": str(abs(days) if counts_both_ways else max(days, 0)),
        "occasion": occasion_of(rule),
        "date": rules.chinese_date(occasion_on),
        "about": about,
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
