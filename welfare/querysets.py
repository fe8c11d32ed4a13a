"""Chainable filters of welfare. Outside ``visible_to(user)`` nothing exists."""

from datetime import datetime

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.enums import Role
from welfare.enums import CHANGEABLE, COUNTED, IN_THE_RUN, BenefitState, EntitlementState

# Who reads every run down to the person (TRUST.md 3).
READERS = (Role.UNION_STAFF, Role.CHAIR, Role.ACCOUNTANT, Role.AUDITOR)
# Whose step it is: the right that is asked for in each state.
NEXT = {
    BenefitState.DRAFT: "welfare.freeze_benefit",
    BenefitState.FROZEN: "welfare.approve_benefit",
    BenefitState.APPROVED: "welfare.start_benefit",
    BenefitState.HANDING_OUT: "welfare.settle_benefit",
}


class BenefitQuerySet(models.QuerySet):
    def visible_to(self, user) -> "BenefitQuerySet":
        """All for who makes or reads them; a branch's officer sees those in which his branch has somebody."""
        if user.holds(*READERS):
            return self
        if not user.branch_ids:
            return self.none()
        listed = EntitlementQuerySet(apps.get_model("welfare", "Entitlement")).listed()
        theirs = listed.filter(benefit=OuterRef("pk"), branch__in=user.branch_ids)
        return self.filter(Exists(theirs)).exclude(state=BenefitState.CANCELLED)

    def waiting_for(self, user) -> "BenefitQuerySet":
        """Runs whose next step is this user's; nobody approves the list that he froze."""
        mine = [state for state, code in NEXT.items() if user.has_perm(code)]
        own = Q(state=BenefitState.FROZEN, frozen_by__in=user.counts_as)
        return self.visible_to(user).filter(state__in=mine).exclude(own)

    def standing(self) -> "BenefitQuerySet":
        """Those that count: all but the cancelled ones."""
        return self.exclude(state=BenefitState.CANCELLED)


class EntitlementQuerySet(models.QuerySet):
    def visible_to(self, user) -> "EntitlementQuerySet":
        """All for the readers, a branch's people for its officer, everybody himself."""
        if user.holds(*READERS):
            return self
        own = Q(member__user=user) | Q(member__merged_into__user=user)
        return self.filter(own | Q(branch__in=user.branch_ids))

    def listed(self) -> "EntitlementQuerySet":
        """Who is in the run, whether he has fetched it or not."""
        return self.filter(state__in=IN_THE_RUN)

    def counted(self) -> "EntitlementQuerySet":
        """What counts towards a person's year: received, or still to be."""
        return self.filter(state__in=COUNTED)

    def out(self) -> "EntitlementQuerySet":
        return self.filter(state=EntitlementState.OUT)


class BenefitExceptionQuerySet(models.QuerySet):
    def visible_to(self, user) -> "BenefitExceptionQuerySet":
        return self if user.holds(*READERS) else self.filter(branch__in=user.branch_ids)

    def waiting_for(self, user) -> "BenefitExceptionQuerySet":
        """Asked for by somebody else and for somebody else, where this user may decide."""
        if not user.has_perm("welfare.decide_benefitexception"):
            return self.none()
        apart = user.counts_as
        return self.filter(state="asked").exclude(asked_by__in=apart).exclude(member__user__in=apart)


class HandoutQuerySet(models.QuerySet):
    def visible_to(self, user) -> "HandoutQuerySet":
        """As the list itself: all for the readers, a branch's for its officer, everybody his own."""
        rows = apps.get_model("welfare", "Entitlement").objects.visible_to(user)
        return self if user.holds(*READERS) else self.filter(entitlement__in=rows)

    def standing(self) -> "HandoutQuerySet":
        """Those that were not reversed."""
        return self.filter(reversed_at__isnull=True)


class PackageOfferQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PackageOfferQuerySet":
        """For who reads every run; what is offered to a person he finds by his share."""
        return self if user.holds(*READERS) else self.none()

    def to_assign(self, at: datetime) -> "PackageOfferQuerySet":
        """Closed, of a run that goes on, with a default package and somebody of the list who has no choice."""
        model = apps.get_model
        waiting = EntitlementQuerySet(model("welfare", "Entitlement")).counted().filter(choice__isnull=True)
        default = model("welfare", "Package").objects.filter(is_default=True, benefit=OuterRef("benefit"))
        closed = self.filter(closes_at__lte=at, benefit__state__in=CHANGEABLE)
        return closed.filter(Exists(default), Exists(waiting.filter(benefit=OuterRef("benefit")))).order_by("pk")


class PackageQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PackageQuerySet":
        return self if user.holds(*READERS) else self.none()


class SupplierQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SupplierQuerySet":
        return self if user.holds(*READERS) else self.none()


class PurchaseQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PurchaseQuerySet":
        return self if user.holds(*READERS) else self.none()

    def standing(self) -> "PurchaseQuerySet":
        """Those that were not cancelled."""
        return self.filter(cancelled_at__isnull=True)

    def aiding(self) -> "PurchaseQuerySet":
        """From assistance areas."""
        return self.exclude(area="")
