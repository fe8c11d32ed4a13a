"""Deliver what is due: claim, commit, send, stamp.

A message in the portal is written and stamped in one transaction: exactly once. A mail leaves at least once under a
fixed Message-ID: a delivery found in ``sending`` after its lease is sent again as the same mail.
"""

import json
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from core import clock, row_states
from notices import eligibility, rules
from notices.enums import Channel, DeliveryState, Reason, RuleKind
from notices.models import Delivery, ReminderRule
from notices.services import post
from notices.services.tally import Tally
from notices.services.wording import Letter, Parcel, letters_for, parcels_of

_LEAVE_OUT = """
UPDATE notices_delivery d SET state = 'skipped', reason = why.reason
FROM (
    SELECT d.id, left_out.reason
    FROM judged j
    JOIN notices_delivery d ON d.id = j.delivery_id AND d.state IN ('pending', 'failed')
    JOIN notices_reminder r ON r.id = j.reminder_id
    LEFT JOIN members_member m ON m.id = j.member_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN NOT %(is_active)s THEN 'rule_off'
        WHEN %(is_birthday)s AND m.birth_on IS NULL AND m.birthday_calendar = 'solar' THEN 'no_date'
        WHEN d.channel = ANY (j.off) THEN 'opted_out'
        WHEN j.reason = 'too_late' AND NOT %(by_hand)s
            AND (r.created_at AT TIME ZONE %(zone)s)::date >= %(on)s THEN ''
        WHEN j.reason <> '' THEN j.reason
        WHEN d.channel = 'email' AND NOT %(critical)s
            AND EXISTS (SELECT 1 FROM notices_digestchoice c WHERE c.user_id = j.own_user) THEN 'in_digest'
        ELSE '' END AS reason) left_out
    WHERE left_out.reason <> ''
    FOR UPDATE OF d SKIP LOCKED
) why
WHERE d.id = why.id"""


def deliver_due(*, on: date, first: int | None = None, last: int | None = None) -> Tally:
    """Deliver all that is open (or of it the ids ``first..last``), chunk by chunk; several may run at once."""
    at = clock.now()
    found = _open_between(first, last)
    tally = _leave_out_of(found, on=on, at=at, ids=_ids(first, last))
    for channel, deliver in ((Channel.INBOX, deliver_to_inbox), (Channel.EMAIL, deliver_by_mail)):
        most = -(-sum(group.size for group in found if group.channel == channel) // rules.CHUNK)
        for number in range(most):
            chunk = deliver(on=on, at=clock.now() if number else at, first=first, last=last)
            if chunk is None:
                break
            tally += chunk
            if chunk.waiting or chunk.all < rules.CHUNK:
                break
    return tally


def leave_out(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally:
    """Record why an open delivery does not go out any more: left, opted out, rule off, too late, done, in a digest.

    A run for a past day judges lateness by that day; else a delivery keeps at least the day on which it was made.
    """
    return _leave_out_of(_open_between(first, last), on=on, at=at, ids=_ids(first, last))


class Group(NamedTuple):
    """How many deliveries of one rule, channel and state are open."""

    rule: int
    channel: str
    state: str
    size: int


def _ids(first: int | None, last: int | None) -> tuple[int, int]:
    return first or 0, last if last is not None else 2**63 - 1


def _open_between(first: int | None, last: int | None) -> list[Group]:
    states = [DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.FAILED]
    found = Delivery.objects.filter(state__in=states, pk__range=_ids(first, last)).order_by()
    groups = found.values_list("reminder__rule", "channel", "state").annotate(size=Count("pk"))
    return [Group(*group) for group in groups]


@transaction.atomic
def _leave_out_of(found: list[Group], *, on: date, at: datetime, ids: tuple[int, int]) -> Tally:
    """``leave_out`` for these groups."""
    judged = {group.rule for group in found if group.state != DeliveryState.SENDING}
    by_hand = on < clock.local_date(at)
    skipped = sum(
        _leave_out(rule=rule, on=on, by_hand=by_hand, ids=ids)
        for rule in ReminderRule.objects.filter(pk__in=judged).order_by("pk")
    )
    failed = 0
    if any(group.state == DeliveryState.SENDING for group in found):
        lost = Q(state=DeliveryState.SENDING, attempts__gte=rules.TRIES, claimed_at__lte=at - rules.LEASE)
        failed = Delivery.objects.filter(lost).update(state=DeliveryState.FAILED, reason=Reason.INTERRUPTED)
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
        cursor.execute(eligibility.statement(values, _LEAVE_OUT), values)
        return cursor.rowcount


# One parameter, not one for each value, and one statement for messages and stamps of a chunk.
_WRITE = """
WITH message AS MATERIALIZED (
    SELECT (m ->> 0)::bigint AS delivery_id, (m ->> 1)::bigint AS member_id, (m ->> 2)::bigint AS user_id,
        m ->> 3 AS subject, m ->> 4 AS body
    FROM jsonb_array_elements(%(messages)s::jsonb) AS m
), stamped AS (
    UPDATE notices_delivery SET state = 'sent', reason = '', claimed_at = %(at)s, sent_at = %(at)s,
        attempts = attempts + 1, next_try_at = NULL
    WHERE id IN (SELECT delivery_id FROM message)
)
INSERT INTO notices_inboxmessage (delivery_id, member_id, user_id, subject, body, created_at)
SELECT delivery_id, member_id, user_id, subject, body, %(at)s FROM message"""


@transaction.atomic
def deliver_to_inbox(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally | None:
    """One chunk of messages in the portal; None when nothing is open.

    The lock is the claim: message and stamp are committed together, so there is no ``sending`` to be left behind.
    """
    parcels = _lock(channel=Channel.INBOX, on=on, at=at, first=first, last=last)
    if not parcels:
        return None
    letters = letters_for(parcels, on=on)
    messages = [
        (parcel.delivery, parcel.member, parcel.user, letter.subject, letter.body)
        for parcel, letter in zip(parcels, letters, strict=True)
    ]
    row_states.keep_no_more()  # the rows tell their own story, and no entry is about one of them
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"messages": json.dumps(messages, ensure_ascii=False), "at": at})
    return Tally(sent=len(parcels))


def deliver_by_mail(*, on: date, at: datetime, first: int | None = None, last: int | None = None) -> Tally | None:
    """One chunk of mails over one SMTP connection; None when nothing is open. Not inside a transaction."""
    with transaction.atomic():
        parcels = _lock(channel=Channel.EMAIL, on=on, at=at, first=first, last=last)
        if not parcels:
            return None
        Delivery.objects.filter(pk__in=[parcel.delivery for parcel in parcels]).update(
            state=DeliveryState.SENDING, claimed_at=at, attempts=F("attempts") + 1, next_try_at=None
        )
        letters = letters_for(parcels, on=on)
    tally = Tally()
    with post.Round() as round_:
        for parcel, letter in zip(parcels, letters, strict=True):
            tally += _mail(parcel, letter, round_, at)
    return tally


def open_deliveries(*, on: date, at: datetime) -> QuerySet[Delivery]:
    """Due on ``on`` and free to be claimed at ``at``: new, due for another try, or left behind by a crash."""
    claimable = (
        Q(state=DeliveryState.PENDING)
        | Q(state=DeliveryState.FAILED, attempts__lt=rules.TRIES, next_try_at__lte=at)
        | Q(state=DeliveryState.SENDING, attempts__lt=rules.TRIES, claimed_at__lte=at - rules.LEASE)
    )
    return Delivery.objects.filter(claimable, reminder__due_on__lte=on).order_by("pk")


def _lock(*, channel: str, on: date, at: datetime, first: int | None, last: int | None) -> list[Parcel]:
    """Up to a chunk of open deliveries that nobody else holds, ours until the end of the transaction."""
    found = open_deliveries(on=on, at=at).filter(channel=channel)
    if first is not None:
        found = found.filter(pk__gte=first)
    if last is not None:
        found = found.filter(pk__lte=last)
    # Two workers at once: the second one passes over the rows that the first has locked.
    return parcels_of(found.select_for_update(skip_locked=True, of=("self",))[: rules.CHUNK], on=on)


def _mail(parcel: Parcel, letter: Letter, round_: post.Round, at: datetime) -> Tally:
    """Send one claimed delivery and stamp what became of it; ``parcel`` is as it was before the claim."""
    if not letter.address:
        _stamp(parcel, at, state=DeliveryState.SKIPPED, reason=Reason.NO_ADDRESS)
        return Tally(skipped=1)
    answer = round_.send(letter)
    if answer == post.SENT:
        return _stamp(parcel, at, state=DeliveryState.SENT, reason="", sent_at=at)
    if answer == post.UNREACHABLE:  # not the letter's fault: the try does not count
        _stamp(parcel, at, state=DeliveryState.PENDING, reason=Reason.UNREACHABLE, attempts=parcel.attempts)
        return Tally(waiting=1)
    wait = rules.back_off(parcel.attempts + 1)
    _stamp(parcel, at, state=DeliveryState.FAILED, reason=answer, next_try_at=wait and at + wait)
    return Tally(failed=1)


def _stamp(parcel: Parcel, at: datetime, **values) -> Tally:
    """Write the result, unless the claim of ``at`` was lost to somebody else meanwhile."""
    ours = Delivery.objects.filter(pk=parcel.delivery, state=DeliveryState.SENDING, claimed_at=at)
    return Tally(sent=ours.update(**values))
