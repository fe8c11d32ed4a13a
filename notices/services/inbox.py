"""What a person does with his own messages and settings."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core import audit
from core.models import User
from notices.enums import Channel, DeliveryState
from notices.models import DigestChoice, InboxMessage, NoticePreference
from notices.selectors import rules_to_switch
from notices.services.digests import waiting_for


@transaction.atomic
def tell_user(*, user_id: int, subject: str, body: str, key: UUID, at: datetime) -> None:
    """One message in this account's inbox; the same ``key`` again writes nothing."""
    message = InboxMessage(user_id=user_id, subject=subject, body=body, key=key, created_at=at)
    InboxMessage.objects.bulk_create([message], ignore_conflicts=True)


@transaction.atomic
def mark_read(*, message: InboxMessage, actor: User, at: datetime) -> InboxMessage:
    """Note when the person first said that he read it; saying so again changes nothing."""
    InboxMessage.objects.visible_to(actor).unread().filter(pk=message.pk).update(read_at=at)
    message.refresh_from_db()
    return message


@transaction.atomic
def mark_all_read(*, actor: User, at: datetime) -> int:
    """Mark everything unread of this person as read; how many messages that were."""
    mine = InboxMessage.objects.visible_to(actor).unread().values("pk")
    return InboxMessage.objects.filter(pk__in=mine).update(read_at=at)


@transaction.atomic
def set_preferences(*, actor: User, rules_off: set[int], channels_off: set[str], at: datetime) -> None:
    """Switch off exactly these rules and channels for this person; the same choice again changes nothing.

    Rules that cannot be switched off (service-critical, unknown) are left as they are.
    """
    User.objects.select_for_update().get(pk=actor.pk)  # two forms at once: one choice after the other
    offered = {rule.pk for rule in rules_to_switch(actor)}
    wanted = {(rule, "") for rule in rules_off & offered} | {(None, c) for c in channels_off & set(Channel.values)}
    rows = NoticePreference.objects.visible_to(actor)
    before = {(row.rule_id, row.channel): row.pk for row in rows if row.rule_id in offered or row.rule_id is None}
    if wanted == set(before):
        return
    NoticePreference.objects.filter(pk__in=[pk for key, pk in before.items() if key not in wanted]).delete()
    NoticePreference.objects.bulk_create(
        NoticePreference(user=actor, rule_id=rule, channel=channel, created_at=at)
        for rule, channel in sorted(wanted - set(before), key=str)
    )
    data = {
        "rules_off": sorted(rule for rule, _ in wanted if rule),
        "channels_off": sorted(c for _, c in wanted if c),
    }
    audit.record(actor=actor, action="notices.preference.changed", target=actor, data=data, at=at)


@transaction.atomic
def choose_digest(*, actor: User, period: str, at: datetime) -> None:
    """Mails together per ``period``, or each by itself (""): then what waited for a digest goes out singly."""
    User.objects.select_for_update().get(pk=actor.pk)  # two forms at once: one choice after the other
    before = DigestChoice.objects.filter(user=actor).values_list("period", flat=True).first() or ""
    if period == before:
        return
    DigestChoice.objects.filter(user=actor).delete()
    if period:
        DigestChoice.objects.create(user=actor, period=period, created_at=at)
    else:
        waiting_for(actor.pk).update(state=DeliveryState.PENDING, reason="")
    audit.record(actor=actor, action="notices.preference.changed", target=actor, data={"digest": period}, at=at)
