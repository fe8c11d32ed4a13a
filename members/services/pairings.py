"""Pairings: made by union staff on an agreement, reviewed yearly, completed with a certificate or ended early."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, clock
from core.constraints import refused_by
from core.errors import DomainError
from core.models import User
from members.models import Member, Pairing, PairingReview


class PairingRefusal(StrEnum):
    ONE_PERSON = "pairing_one_person"
    NOT_IN_ORDER = "pairing_not_in_order"
    NOT_ON_ROLL = "pairing_not_on_roll"
    TAKEN = "pairing_taken"
    REVIEWED = "pairing_reviewed"
    WRONG_YEAR = "pairing_wrong_year"
    COMPLETED = "pairing_completed"
    TOO_EARLY = "pairing_too_early"
    NO_REASON = "pairing_no_reason"
    OUTSIDE = "pairing_outside"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    PairingRefusal.ONE_PERSON: _("结对须是两个人。"),
    PairingRefusal.NOT_IN_ORDER: _("结束日期须晚于开始日期。"),
    PairingRefusal.NOT_ON_ROLL: _("开始当日双方都须是在会会员。"),
    PairingRefusal.TAKEN: _("这两人同一时期已有同类结对。"),
    PairingRefusal.REVIEWED: _("该年度已有考核意见。"),
    PairingRefusal.WRONG_YEAR: _("年度不在结对期间内，或还没有到。"),
    PairingRefusal.COMPLETED: _("已经出师（结业）。"),
    PairingRefusal.TOO_EARLY: _("出师（结业）日期不能早于开始或晚于今天。"),
    PairingRefusal.NO_REASON: _("请写明提前结束的原因。"),
    PairingRefusal.OUTSIDE: _("结束日期须在结对期间内。"),
}


class CannotPair(DomainError):
    """Against a rule of pairings; ``code`` is a ``PairingRefusal``."""


@transaction.atomic
def pair(
    *,
    kind: str,
    lead: Member,
    partner: Member,
    from_on: date,
    to_on: date,
    agreement: str,
    document: str = "",
    actor: User,
    at: datetime,
) -> Pairing:
    """From ``from_on`` to ``to_on``, both inclusive."""
    if not actor.has_perm("members.add_pairing"):
        raise PermissionDenied
    if lead.pk == partner.pk:
        raise CannotPair(PairingRefusal.ONE_PERSON)
    if to_on < from_on:
        raise CannotPair(PairingRefusal.NOT_IN_ORDER)
    if Member.objects.on_roll(from_on).filter(pk__in=[lead.pk, partner.pk]).count() != 2:
        raise CannotPair(PairingRefusal.NOT_ON_ROLL)
    given = {"kind": kind, "lead": lead, "partner": partner, "from_on": from_on, "agreement": agreement}
    with refused_by(pairing_same_two_once_at_a_time=lambda: CannotPair(PairingRefusal.TAKEN)):
        made = Pairing.objects.create(until_on=to_on + timedelta(days=1), document=document, **given)
    _record("members.pairing.created", made, actor, at, basis=document)
    return made


@transaction.atomic
def review(*, pairing: Pairing, year: int, note: str, actor: User, at: datetime) -> PairingReview:
    """One note a year."""
    pairing = _held(pairing, actor)
    if not pairing.from_on.year <= year <= min(pairing.until_on.year, clock.local_date(at).year):
        raise CannotPair(PairingRefusal.WRONG_YEAR)
    if pairing.reviews.filter(year=year).exists():
        raise CannotPair(PairingRefusal.REVIEWED)
    made = PairingReview.objects.create(pairing=pairing, year=year, note=note, noted_by=actor, noted_at=at)
    _record("members.pairing.reviewed", pairing, actor, at)
    return made


@transaction.atomic
def complete(*, pairing: Pairing, on: date, actor: User, at: datetime) -> Pairing:
    """出师 or 结业, with a certificate number made of year and row."""
    pairing = _held(pairing, actor)
    if not pairing.from_on <= on <= clock.local_date(at):
        raise CannotPair(PairingRefusal.TOO_EARLY)
    pairing.completed_on, pairing.certificate_no = on, f"JD{on.year}{pairing.pk:05}"
    pairing.save(update_fields=["completed_on", "certificate_no"])
    _record("members.pairing.completed", pairing, actor, at)
    return pairing


@transaction.atomic
def end(*, pairing: Pairing, on: date, reason: str, actor: User, at: datetime) -> Pairing:
    """Ended before its time: ``on`` was the last day."""
    pairing = _held(pairing, actor)
    if not reason.strip():
        raise CannotPair(PairingRefusal.NO_REASON)
    if not pairing.from_on <= on < pairing.until_on:
        raise CannotPair(PairingRefusal.OUTSIDE)
    pairing.until_on, pairing.ended_why = on + timedelta(days=1), reason.strip()
    pairing.save(update_fields=["until_on", "ended_why"])
    _record("members.pairing.ended", pairing, actor, at, basis=pairing.ended_why)
    return pairing


def _held(pairing: Pairing, actor: User) -> Pairing:
    pairing = Pairing.objects.select_for_update().get(pk=pairing.pk)
    if not actor.has_perm("members.add_pairing"):
        raise PermissionDenied
    if pairing.completed_on is not None:
        raise CannotPair(PairingRefusal.COMPLETED)
    return pairing


def _record(action: str, pairing: Pairing, actor: User, at: datetime, *, basis: str = "") -> None:
    """For both people: each can read it among the looks at his data."""
    data = {"kind": pairing.kind}
    for member in (pairing.lead_id, pairing.partner_id):
        audit.record(actor=actor, action=action, target=pairing, subject=member, basis=basis, data=data, at=at)
