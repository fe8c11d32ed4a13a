"""Chainable filters of the register. Outside ``visible_to(user)`` nothing exists."""

from datetime import date

from django.db import models
from django.db.models import Q

from core.enums import Role

# Offices that may see every member's file (masked); the others see their own branch or themselves.
WHOLE_ROLL = (Role.UNION_STAFF, Role.CHAIR)


class BranchQuerySet(models.QuerySet):
    def visible_to(self, user) -> "BranchQuerySet":
        if user.holds(*WHOLE_ROLL, Role.AUDITOR):
            return self
        return self.filter(pk__in=user.branch_ids)


class MembershipQuerySet(models.QuerySet):
    def on(self, day: date) -> "MembershipQuerySet":
        """Periods that contain ``day``."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)


class MemberQuerySet(models.QuerySet):
    def on_roll(self, day: date) -> "MemberQuerySet":
        """Members whose membership contains ``day``."""
        return self.filter(
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=day),
            memberships__from_on__lte=day,
        )

    def visible_to(self, user) -> "MemberQuerySet":
        """The whole roll for union staff, the branch's people for its officer, everybody himself."""
        if user.holds(*WHOLE_ROLL):
            return self
        own = Q(user=user)
        if not user.branch_ids:
            return self.filter(own)
        theirs = Q(memberships__branch__in=user.branch_ids, memberships__until_on__isnull=True)
        return self.filter(pk__in=self.model.objects.filter(own | theirs).values("pk"))
