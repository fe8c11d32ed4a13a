"""A member's pairings as he reads them: with whom, on which side, for how long, what was noted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from members.models import Member, Membership, Pairing, PairingReview


@dataclass(frozen=True)
class Side:
    """One pairing from one side. ``unit``: the other one's branch of that day, "" for who is on no roll."""

    pairing: Pairing
    is_lead: bool
    other: Member
    unit: str
    last_on: date
    is_running: bool
    reviews: list[PairingReview]


def pairings_of(member: Member) -> QuerySet[Pairing]:
    """All in which he is one of the two, newest first."""
    return Pairing.objects.filter(Q(lead=member) | Q(partner=member))


def sides_of(member: Member, *, on: date) -> list[Side]:
    """His pairings, newest first; three queries for any number."""
    found = pairings_of(member).select_related("lead", "partner").prefetch_related("reviews")
    units = _units_of({pairing.lead_id for pairing in found} | {pairing.partner_id for pairing in found}, on=on)
    return [_side(pairing, member, units, on) for pairing in found]


def _side(pairing: Pairing, member: Member, units: dict[int, str], on: date) -> Side:
    is_lead = pairing.lead_id == member.pk
    other = pairing.partner if is_lead else pairing.lead
    return Side(
        pairing=pairing,
        is_lead=is_lead,
        other=other,
        unit=units.get(other.pk, ""),
        last_on=pairing.until_on - timedelta(days=1),
        is_running=pairing.completed_on is None and pairing.until_on > on,
        reviews=list(pairing.reviews.all()),
    )


def _units_of(members: Iterable[int], *, on: date) -> dict[int, str]:
    periods = Membership.objects.on(on).filter(member__in=members)
    return dict(periods.values_list("member", "branch__short_name"))
