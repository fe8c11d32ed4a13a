"""A rule's text as a trial, to whoever keeps it: no reminder, no delivery, nobody else."""

from datetime import date, datetime
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from core.models import User
from notices import rules
from notices.enums import Channel
from notices.models import InboxMessage, ReminderRule
from notices.occasions import days_of
from notices.services import post
from notices.services.wording import Letter, address_of, values_of

SEND_TEST = "notices.send_test"


@transaction.atomic
def send_test(*, actor: User, rule: ReminderRule, at: datetime) -> list[str]:
    """Send the rule's text to ``actor`` by the rule's channels, marked as a trial; the channels used.

    A person without a valid address gets no mail. Made-up facts stand where nobody is concerned yet.
    """
    if not actor.has_perm("notices.change_reminderrule"):
        raise PermissionDenied
    letter = _trial(rule, actor, on=clock.local_date(at), message_id="")
    used = [channel for channel in rule.channels if channel == Channel.INBOX or letter.address]
    if Channel.INBOX in used:
        InboxMessage.objects.create(user=actor, subject=letter.subject, body=letter.body, created_at=at)
    data = {"code": rule.code, "channels": used}
    audit.record(actor=actor, action="notices.reminderrule.tested", target=rule, data=data, at=at)
    if Channel.EMAIL in used:
        outbox.add(SEND_TEST, rule=rule.pk, user=actor.pk, key=uuid4().hex)
    return used


def mail_test(*, rule_id: int, user_id: int, key: str) -> None:
    """Send the trial's mail; sent again it is the same mail. Raises ``ConnectionError`` to be tried again."""
    rule, user = ReminderRule.objects.filter(pk=rule_id).first(), User.objects.filter(pk=user_id).first()
    if rule is None or user is None:
        return
    letter = _trial(rule, user, on=clock.today(), message_id=f"<test-{key}@{post.mail_domain()}>")
    with post.Round() as round_:
        if letter.address and round_.send(letter) == post.UNREACHABLE:
            raise ConnectionError("mail server")


def _trial(rule: ReminderRule, user: User, *, on: date, message_id: str) -> Letter:
    """The rule's words as the next of its occasions would have them, for ``user``."""
    found = rules.Window(on, on, on)
    days = [day for day in days_of(rule, on=on, found=found) if day.on >= on]
    nearest = min(days, key=lambda day: day.on, default=None)
    occasion_on, about = (nearest.on, nearest.about) if nearest else (on, "")
    values = values_of(rule, occasion_on=occasion_on, about=about, on=on) | {"name": user.name, "branch": _("某某")}
    return Letter(
        subject=_("【测试】%(subject)s") % {"subject": rules.one_line(rules.render(rule.subject, values))},
        body=rules.render(rule.body, values),
        address=address_of(user),
        message_id=message_id,
    )
