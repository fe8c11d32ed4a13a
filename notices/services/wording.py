"""What a delivery says, to whom. Class C1 only: a name, a unit, a day; nothing that would hurt in a mail box."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _

from members.models import Membership
from notices import rules
from notices.models import Delivery


@dataclass(frozen=True)
class Letter:
    """One delivery in words; ``address`` is "" when the person has none that is valid."""

    delivery: Delivery
    subject: str
    body: str
    address: str


def letters_for(deliveries: list[Delivery], *, on: date) -> list[Letter]:
    """The words of each delivery as of ``on``; a fixed number of queries for the whole chunk."""
    members = [d.reminder.member_id for d in deliveries if d.reminder.member_id]
    periods = Membership.objects.on(on).filter(member__in=members).values_list("member", "branch__short_name")
    branches = dict(periods)
    return [_letter(delivery, branches.get(delivery.reminder.member_id, ""), on) for delivery in deliveries]


def _letter(delivery: Delivery, branch: str, on: date) -> Letter:
    reminder = delivery.reminder
    values = {
        "name": reminder.person.name,
        "days": str(max((reminder.occasion_on - on).days, 0)),
        "occasion": reminder.rule.occasion or _("生日"),
        "date": rules.chinese_date(reminder.occasion_on),
        "branch": branch,
    }
    return Letter(
        delivery=delivery,
        subject=rules.one_line(rules.render(reminder.rule.subject, values)),
        body=rules.render(reminder.rule.body, values),
        address=address_of(reminder.person),
    )


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
    if letter.delivery.reminder.rule.service_critical:
        return _("本邮件由校工会系统自动发送，请勿直接回复。")
    return _("本邮件由校工会系统自动发送，请勿直接回复。不想再收到：%(url)s") % {"url": url}
