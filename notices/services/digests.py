"""One mail per day or week instead of many: what was left out for it, and what waits for the person.

A delivery by mail of somebody who wants digests is ``skipped (in_digest)``; the next digest takes it along. One row
per person and period; mail at least once under its fixed Message-ID, like every other.
"""

from datetime import date, datetime, timedelta
from email.utils import make_msgid

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core import clock, tiles
from core.models import User
from notices import rules
from notices.enums import Channel, DeliveryState, Period, Reason
from notices.models import Delivery, Digest, DigestChoice
from notices.services import post
from notices.services.tally import Tally
from notices.services.wording import Letter, address_of, letters_for, parcels_of


@transaction.atomic
def make_digests(*, on: date, at: datetime) -> int:
    """The rows of this period for everybody who wants digests, with what belongs into each; how many are new.

    Run again, or twice at once: the unique row decides, and a delivery goes into one digest only.
    """
    choices = DigestChoice.objects.filter(user__is_active=True).order_by("pk")
    made = 0
    for choice in choices.select_for_update(skip_locked=True):
        period_on = first_day(choice.period, on)
        if Digest.objects.filter(user=choice.user_id, period_on=period_on).exists():
            continue
        digest = Digest.objects.create(
            user_id=choice.user_id,
            period_on=period_on,
            message_id=make_msgid(domain=post.mail_domain()),
            created_at=at,
        )
        waiting_for(choice.user_id).update(digest=digest)
        made += 1
    return made


def first_day(period: str, on: date) -> date:
    """The day itself, or the Monday of its week."""
    return on if period == Period.DAILY else on - timedelta(days=on.weekday())


def waiting_for(user: int) -> QuerySet[Delivery]:
    """Mails of this person that wait for his next digest."""
    mine = Q(reminder__user=user) | Q(reminder__member__user=user)
    return Delivery.objects.filter(
        mine, state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, digest__isnull=True, channel=Channel.EMAIL
    )


def deliver_all_digests(*, on: date) -> Tally:
    """Send every open digest, chunk by chunk, until the mail server cannot be reached."""
    tally = Tally()
    while (chunk := deliver_digests(on=on, at=clock.now())) is not None:
        tally += chunk
        if chunk.waiting:
            break
    return tally


def deliver_digests(*, on: date, at: datetime) -> Tally | None:
    """One chunk of digest mails over one SMTP connection; None when none is open. Not inside a transaction."""
    with transaction.atomic():
        claimed = _claim(on=on, at=at)
        letters = [letter_of(digest, on=on) for digest in claimed]
    if not claimed:
        return None
    tally = Tally()
    with post.Round() as round_:
        for digest, letter in zip(claimed, letters, strict=True):
            tally += _mail(digest, letter, round_, at)
    return tally


def open_digests(*, on: date, at: datetime) -> QuerySet[Digest]:
    claimable = (
        Q(state=DeliveryState.PENDING)
        | Q(state=DeliveryState.FAILED, attempts__lt=rules.TRIES, next_try_at__lte=at)
        | Q(state=DeliveryState.SENDING, attempts__lt=rules.TRIES, claimed_at__lte=at - rules.LEASE)
    )
    return Digest.objects.filter(claimable, period_on__lte=on).order_by("pk")


def _claim(*, on: date, at: datetime) -> list[Digest]:
    exhausted = Q(state=DeliveryState.SENDING, attempts__gte=rules.TRIES, claimed_at__lte=at - rules.LEASE)
    Digest.objects.filter(exhausted).update(state=DeliveryState.FAILED, reason=Reason.INTERRUPTED)
    # Two workers at once: the second one passes over the rows that the first has locked.
    free = open_digests(on=on, at=at).select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True)[: rules.DIGESTS])
    Digest.objects.filter(pk__in=ids).update(
        state=DeliveryState.SENDING, claimed_at=at, attempts=F("attempts") + 1, next_try_at=None
    )
    return list(Digest.objects.filter(pk__in=ids).select_related("user__member").order_by("pk"))


def letter_of(digest: Digest, *, on: date) -> Letter | None:
    """The digest in words; None when there is nothing to say."""
    parcels = parcels_of(digest.deliveries.order_by("pk"), on=on)
    parts = [f"· {letter.subject}\n{letter.body}" for letter in letters_for(parcels, on=on)]
    waiting = to_dos_of(digest.user)
    if waiting:
        lines = [_("· %(what)s：%(count)s 项") % {"what": what, "count": count} for what, count in waiting]
        parts.insert(0, "\n".join([_("待您办理："), *lines]))
    if not parts:
        return None
    return Letter(
        subject=_("校工会摘要：%(count)s 条提醒，%(todo)s 项待办")
        % {"count": len(parcels), "todo": sum(count for _what, count in waiting)},
        body="\n\n".join(parts),
        address=address_of(digest.user),
        message_id=digest.message_id,
    )


def to_dos_of(user: User) -> list[tuple[str, int]]:
    """What waits for this person on the portal's first page, by the entries' names; only what is not nothing."""
    entries = [entry for section in tiles.tiles_for(user).values() for entry in section]
    return [(str(tile.label), count) for tile, count in entries if count]


def _mail(digest: Digest, letter: Letter | None, round_: post.Round, at: datetime) -> Tally:
    """Send one claimed digest and stamp what became of it."""
    if letter is None:
        _stamp(digest, at, state=DeliveryState.SKIPPED, reason=Reason.NOTHING)
        return Tally(skipped=1)
    if not letter.address:
        _stamp(digest, at, state=DeliveryState.SKIPPED, reason=Reason.NO_ADDRESS)
        return Tally(skipped=1)
    answer = round_.send(letter)
    if answer == post.SENT:
        return Tally(sent=_stamp(digest, at, state=DeliveryState.SENT, reason="", sent_at=at))
    if answer == post.UNREACHABLE:  # not the letter's fault: the try does not count
        attempts = digest.attempts - 1
        _stamp(digest, at, state=DeliveryState.PENDING, reason=Reason.UNREACHABLE, attempts=attempts)
        return Tally(waiting=1)
    wait = rules.back_off(digest.attempts)
    _stamp(digest, at, state=DeliveryState.FAILED, reason=answer, next_try_at=wait and at + wait)
    return Tally(failed=1)


def _stamp(digest: Digest, at: datetime, **values) -> int:
    """Write the result, unless the claim of ``at`` was lost to somebody else meanwhile."""
    return Digest.objects.filter(pk=digest.pk, state=DeliveryState.SENDING, claimed_at=at).update(**values)
