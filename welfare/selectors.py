"""Reads for the pages about one person's and one branch's benefits."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, Q, QuerySet

from finance.models.fields import NOTHING
from members.models import Member
from members.selectors import records_of
from welfare.enums import COUNTED, IN_THE_RUN, BenefitState, EntitlementState
from welfare.models import Benefit, Entitlement

# From the approval on a run is told to whom it concerns: before, the chair may still refuse it.
TOLD = (BenefitState.APPROVED, BenefitState.HANDING_OUT, BenefitState.SETTLED)


@dataclass(frozen=True)
class BenefitYear:
    """What somebody was due in a year; ``total`` is what he has, or is still to fetch, yuan."""

    year: int
    rows: list[Entitlement]
    total: Decimal


def shares_of_member(member: Member) -> QuerySet[Entitlement]:
    """Everything that he was considered for, his merged records' too, the newest run first."""
    rows = Entitlement.objects.filter(member__in=records_of(member), benefit__state__in=TOLD)
    return rows.select_related("benefit", "branch").order_by("-benefit__year", "-benefit_id")


def years_of(member: Member) -> list[BenefitYear]:
    found = []
    for year, some in groupby(shares_of_member(member), key=lambda row: row.benefit.year):
        rows = list(some)
        total = sum((row.amount for row in rows if row.state in COUNTED), NOTHING)
        found.append(BenefitYear(year, rows, total))
    return found


def waiting_of(member: Member) -> QuerySet[Entitlement]:
    """What waits for him to be fetched."""
    rows = shares_of_member(member).filter(state=EntitlementState.LISTED)
    return rows.filter(benefit__state=BenefitState.HANDING_OUT)


def runs_of_branches(branch_ids: list[int]) -> QuerySet[Benefit]:
    """Runs that were told, in which these branches have somebody, with ``here`` people and ``fetched`` of them."""
    theirs = Q(entitlements__branch__in=branch_ids, entitlements__state__in=IN_THE_RUN)
    fetched = theirs & Q(entitlements__state=EntitlementState.RECEIVED)
    counted = Benefit.objects.filter(state__in=TOLD).annotate(
        here=Count("entitlements", filter=theirs), fetched=Count("entitlements", filter=fetched)
    )
    return counted.filter(here__gt=0).order_by("-year", "-pk")
