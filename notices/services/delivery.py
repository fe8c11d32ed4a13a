"""Deliver what is due: claim, commit, send, stamp.

A message in the portal is written in the claim's own transaction: exactly once. A mail leaves at least once under a
fixed Message-ID: a delivery found in ``sending`` after its lease is sent again as the same mail.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from core import clock
from notices import eligibility, rules
from notices.enums import Channel, DeliveryState, Reason, RuleKind
from notices.models import Delivery, ReminderRule
from notices.services import post
from notices.services.tally import Tally
from notices.services.wording import Letter, letters_for

_LEAVE_OUT = """
UPDATE notices_delivery d SET state = 'skipped', reason = why.reason
FROM (
    SELECT d.id, CASE
        WHEN NOT %(is_active)s THEN 'rule_off'
        WHEN %(is_birthday)s AND m.birth_on IS NULL AND m.birthday_calendar = 'solar' THEN 'no_date'
        WHEN d.channel = ANY (j.off) THEN 'opted_out'
        WHEN j.reason = 'too_late' AND NOT %(by_hand)s
            AND (r.created_at AT TIME ZONE %(zone)s)::date >= %(on)s THEN ''
        WHEN j.reason <> '' THEN j.reason
        WHEN d.channel = 'email' AND NOT %(critical)s
            AND EXISTS (SELECT 1 FROM notices_digestchoice c WHERE c.user_id = j.own_user) THEN 'in_digest'
        ELSE '' END AS reason
    FROM judged j
    JOIN notices_reminder r ON r.id = j.reminder_id
    JOIN notices_delivery d ON d.reminder_id = r.id AND d.state IN ('pending', 'failed')
        AND d.id BETWEEN %(first_id)s AND %(last_id)s
    LEFT JOIN members_member m ON m.id = r.member_id
    FOR UPDATE OF d SKIP LOCKED
) why
WHERE d.id = why.id AND why.reason <> ''"""


def deliver_due(*, on: date, first: int | None = None, last: int | None = None) -> Tally:
    """Deliver all that is open (or of it the ids ``first..last``), chunk by chunk; several may run at once."""
    tally = leave_out(on=on, at=clock.now(), first=first, last=last)
    for deliver in (deliver_to_inbox, deliver_by_mail):
        while (chunk := deliver(on=on, at=clock.now(), first=first, last=last)) is not None:
            tally += chunk
            if chunk.waiting or chunk.all < rules.CHUNK:
                break
    return tally


@transaction.atomic
def leave_out(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally:
    """Record why an open delivery does not go out any more: left, opted out, rule off, too late, done, in a digest.

    A run for a past day judges lateness by that day; else a delivery keeps at least the day on which it was made.
    """
    ids = (first or 0, last if last is not None else 2**63 - 1)
    open_rules = Delivery.objects.filter(
        state__in=[DeliveryState.PENDING, DeliveryState.FAILED], pk__range=ids
    ).values("reminder__rule")
    skipped = sum(
        _leave_out(rule=rule, on=on, by_hand=on < clock.local_date(at), ids=ids)
        for rule in ReminderRule.objects.filter(pk__in=open_rules).order_by("pk")
    )
    exhausted = Q(state=DeliveryState.SENDING, attempts__gte=rules.TRIES, claimed_at__lte=at - rules.LEASE)
    failed = Delivery.objects.filter(exhausted).update(state=DeliveryState.FAILED, reason=Reason.INTERRUPTED)
    return Tally(skipped=skipped, failed=failed)


def _leave_out(*, rule: ReminderRule, on: date, by_hand: bool, ids: tuple[int, int]) -> int:
    late_before = on - timedelta(days=rule.skip_after_days)
    found = rules.Window(on, on, late_before)
    values: dict[str, Any] = {
        **eligibility.parameters(rule=rule, on=on, found=found, ids=ids, made=True),
        "first": date.min,
        "is_active": rule.is_active,
        "is_birthday": rule.kind == RuleKind.BIRTHDAY,
        "by_hand": by_hand,
        "zone": settings.TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute("\n".join((eligibility.JUDGED, _LEAVE_OUT)), values)
        return cursor.rowcount


# Arrays, not a row of parameters each: the messages of a chunk are one statement (DEPENDENCIES.md, `reminders`).
_WRITE = """
INSERT INTO notices_inboxmessage (delivery_id, member_id, user_id, subject, body, created_at)
SELECT delivery_id, member_id, user_id, subject, body, %(at)s
FROM unnest(%(deliveries)s::bigint[], %(members)s::bigint[], %(users)s::bigint[], %(subjects)s::text[],
            %(bodies)s::text[]) AS m(delivery_id, member_id, user_id, subject, body)"""


@transaction.atomic
def deliver_to_inbox(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally | None:
    """One chunk of messages in the portal; None when nothing is open."""
    deliveries = _claim(channel=Channel.INBOX, on=on, at=at, first=first, last=last)
    if not deliveries:
        return None
    letters = letters_for(deliveries, on=on)
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "deliveries": [delivery.pk for delivery in deliveries],
                "members": [delivery.reminder.member_id for delivery in deliveries],
                "users": [delivery.reminder.user_id for delivery in deliveries],
                "subjects": [letter.subject for letter in letters],
                "bodies": [letter.body for letter in letters],
                "at": at,
            },
        )
    return _stamp(deliveries, at, state=DeliveryState.SENT, sent_at=at)


def deliver_by_mail(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally | None:
    """One chunk of mails over one SMTP connection; None when nothing is open. Not inside a transaction."""
    with transaction.atomic():
        deliveries = _claim(channel=Channel.EMAIL, on=on, at=at, first=first, last=last)
        letters = letters_for(deliveries, on=on)
    if not deliveries:
        return None
    tally = Tally()
    with post.Round() as round_:
        for delivery, letter in zip(deliveries, letters, strict=True):
            tally += _mail(delivery, letter, round_, at)
    return tally


def open_deliveries(*, on: date, at: datetime) -> QuerySet[Delivery]:
    """Due on ``on`` and free to be claimed at ``at``: new, due for another try, or left behind by a crash."""
    claimable = (
        Q(state=DeliveryState.PENDING)
        | Q(state=DeliveryState.FAILED, attempts__lt=rules.TRIES, next_try_at__lte=at)
        | Q(state=DeliveryState.SENDING, attempts__lt=rules.TRIES, claimed_at__lte=at - rules.LEASE)
    )
    return Delivery.objects.filter(claimable, reminder__due_on__lte=on).order_by("pk")


def _claim(*, channel: str, on: date, at: datetime, first: int | None, last: int | None) -> list[Delivery]:
    """Take up to a chunk of open deliveries that nobody else holds, and mark them as ours by ``claimed_at``."""
    found = open_deliveries(on=on, at=at).filter(channel=channel)
    if first is not None:
        found = found.filter(pk__gte=first)
    if last is not None:
        found = found.filter(pk__lte=last)
    # Two workers at once: the second one passes over the rows that the first has locked.
    ids = list(found.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[: rules.CHUNK])
    ours = Delivery.objects.filter(pk__in=ids)
    ours.update(state=DeliveryState.SENDING, claimed_at=at, attempts=F("attempts") + 1, next_try_at=None)
    return list(ours.select_related("reminder").order_by("pk"))


def _mail(delivery: Delivery, letter: Letter, round_: post.Round, at: datetime) -> Tally:
    """Send one claimed delivery and stamp what became of it."""
    if not letter.address:
        _stamp([delivery], at, state=DeliveryState.SKIPPED, reason=Reason.NO_ADDRESS)
        return Tally(skipped=1)
    answer = round_.send(letter)
    if answer == post.SENT:
        return _stamp([delivery], at, state=DeliveryState.SENT, reason="", sent_at=at)
    if answer == post.UNREACHABLE:  # not the letter's fault: the try does not count
        _stamp([delivery], at, state=DeliveryState.PENDING, reason=Reason.UNREACHABLE, attempts=delivery.attempts - 1)
        return Tally(waiting=1)
    wait = rules.back_off(delivery.attempts)
    _stamp([delivery], at, state=DeliveryState.FAILED, reason=answer, next_try_at=wait and at + wait)
    return Tally(failed=1)


def _stamp(deliveries: list[Delivery], at: datetime, **values) -> Tally:
    """Write the result, unless the claim of ``at`` was lost to somebody else meanwhile."""
    ids = [delivery.pk for delivery in deliveries]
    ours = Delivery.objects.filter(pk__in=ids, state=DeliveryState.SENDING, claimed_at=at)
    return Tally(sent=ours.update(**values))
