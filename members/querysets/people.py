"""Chainable filters of bodies, posts, honours, pairings and staff homes."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from core.enums import Role
from members.enums import HomeState, HonourState
from members.querysets.roll import WHOLE_ROLL


class PeriodQuerySet(models.QuerySet):
    """Rows of days ``[from_on, until_on)``."""

    def on(self, day: date) -> "PeriodQuerySet":
        """Rows that contain ``day``; one that ended before it began contains none."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)


class BodyQuerySet(PeriodQuerySet):
    def overrun(self, day: date) -> "BodyQuerySet":
        """In office on ``day`` although the term was over by then."""
        return self.filter(pk__in=self.on(day).values("pk"), due_on__lte=day)


class PostQuerySet(PeriodQuerySet):
    def held(self) -> "PostQuerySet":
        """Without those that ended before their first day."""
        return self.exclude(until_on=F("from_on"))


class HonourQuerySet(models.QuerySet):
    def visible_to(self, user) -> "HonourQuerySet":
        """All for union staff and chair, his own for everybody, his branch's for the branch's officer."""
        if user.holds(*WHOLE_ROLL):
            return self
        mine = Q(declared_by=user) | Q(holders__member__user=user)
        if user.branch_ids:
            mine |= Q(branch__in=user.branch_ids)
        return self.filter(pk__in=self.model._default_manager.filter(mine).values("pk"))

    def waiting_for(self, user) -> "HonourQuerySet":
        """Declared, and this user may check them: the branch's officer or union staff, never his own."""
        declared = (
            self.filter(state=HonourState.DECLARED).exclude(declared_by=user).exclude(holders__member__user=user)
        )
        if user.holds(Role.UNION_STAFF):
            return declared
        return declared.filter(branch__in=user.branch_ids)


class HomeQuerySet(models.QuerySet):
    def visible_to(self, user) -> "HomeQuerySet":
        """All for union staff and chair, the own branch's for its officer."""
        return self if user.holds(*WHOLE_ROLL) else self.filter(branch__in=user.branch_ids)

    def waiting_for(self, user) -> "HomeQuerySet":
        """Sheets of his branches to be filled in; handed-in ones for union staff."""
        mine = Q(state=HomeState.DRAFT, branch__in=user.branch_ids)
        if user.holds(Role.UNION_STAFF):
            mine |= Q(state=HomeState.SUBMITTED) & ~Q(submitted_by=user)
        return self.filter(mine)


class PairingQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PairingQuerySet":
        """All for union staff and chair, everybody his own."""
        return self if user.holds(*WHOLE_ROLL) else self.filter(Q(lead__user=user) | Q(partner__user=user))
