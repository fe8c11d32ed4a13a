"""Chainable filters of membership acts, kept memberships and applications."""

from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now, TruncDate

from core.enums import Role
from core.models import RoleGrant
from members.enums import JoinState
from members.querysets.roll import WHOLE_ROLL


def reviewers_of(branch, applicant) -> models.QuerySet:
    """The branch's officers of today; not the applicant, nor who stands in for him. Both may be an ``OuterRef``."""
    today = RoleGrant.objects.filter(role=Role.BRANCH_OFFICER, branch=branch, user__is_active=True)
    return today.in_force(TruncDate(Now())).exclude(user=applicant).exclude(stands_in_for=applicant)


class KeptQuerySet(models.QuerySet):
    def on(self, day: date) -> "KeptQuerySet":
        """Periods that contain ``day``; who is on the roll that day too counts as on the roll."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)


class MembershipActQuerySet(models.QuerySet):
    def visible_to(self, user) -> "MembershipActQuerySet":
        """All for union staff and chair, his own for everybody."""
        own = Q(member__user=user) | Q(member__merged_into__user=user)
        return self if user.holds(*WHOLE_ROLL) else self.filter(own)

    def standing(self) -> "MembershipActQuerySet":
        """Neither corrected later nor a correction itself."""
        return self.filter(reversed_by__isnull=True, reverses__isnull=True)

    def newest(self) -> "MembershipActQuerySet":
        """Without those that a standing act of the same member follows."""
        later = MembershipActQuerySet(self.model).standing()
        return self.filter(~Exists(later.filter(member=OuterRef("member"), pk__gt=OuterRef("pk"))))


class JoinApplicationQuerySet(models.QuerySet):
    def visible_to(self, user) -> "JoinApplicationQuerySet":
        """His own; from its submitting on the branch's for its officer, all for union staff and chair."""
        own = Q(applicant=user)
        handed_in = Q(submitted_at__isnull=False)
        if user.holds(*WHOLE_ROLL):
            return self.filter(own | handed_in)
        return self.filter(own | handed_in & Q(branch__in=user.branch_ids))

    def waiting_for(self, user) -> "JoinApplicationQuerySet":
        """Whose next step is this user's: the same people as ``joining_rights`` says one by one."""
        mine = Q(state=JoinState.RETURNED, applicant=user)
        if user.branch_ids:
            mine |= Q(state=JoinState.SUBMITTED, branch__in=user.branch_ids) & ~Q(applicant=user)
        if user.holds(Role.UNION_STAFF):
            nobody = Q(state=JoinState.SUBMITTED) & ~Exists(reviewers_of(OuterRef("branch"), OuterRef("applicant")))
            mine |= (nobody | Q(state=JoinState.BRANCH_APPROVED, prepared_by__isnull=True)) & ~Q(applicant=user)
        if user.holds(Role.CHAIR):
            mine |= (
                Q(state=JoinState.BRANCH_APPROVED, prepared_by__isnull=False)
                & ~Q(applicant=user)
                & ~Q(branch_reviewer=user)
                & ~Q(prepared_by=user)
            )
        return self.filter(mine)
