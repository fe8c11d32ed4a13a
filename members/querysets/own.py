"""Chainable filters of what a person asks about his own file: changes, requests, consents."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from core.enums import Role
from members.enums import ChangeState, ConsentKind, SubjectState
from members.querysets.roll import WHOLE_ROLL, MemberQuerySet


class ProfileChangeQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ProfileChangeQuerySet":
        """His own; of his branch's people of today for its officer; all for union staff and chair."""
        if user.holds(*WHOLE_ROLL):
            return self
        own = Q(member__user=user)
        return self.filter(own | Q(member__in=_people_of(user))) if user.branch_ids else self.filter(own)

    def of_branches(self, user) -> "ProfileChangeQuerySet":
        """Of the people of his branches, his own left out: what an officer may say a word about."""
        return self.filter(member__in=_people_of(user)).exclude(member__user=user)

    def waiting_for(self, user) -> "ProfileChangeQuerySet":
        """His own that came back; for union staff what is handed in, their own left out."""
        mine = Q(state=ChangeState.RETURNED, member__user=user)
        if user.holds(Role.UNION_STAFF):
            mine |= Q(state=ChangeState.SUBMITTED) & ~Q(member__user=user)
        return self.filter(mine)


class SubjectRequestQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SubjectRequestQuerySet":
        """His own, and all for union staff and chair; a branch has no business with them."""
        return self if user.holds(*WHOLE_ROLL) else self.filter(member__user=user)

    def waiting_for(self, user) -> "SubjectRequestQuerySet":
        """Unanswered, for union staff, their own left out."""
        if not user.holds(Role.UNION_STAFF):
            return self.none()
        return self.filter(state=SubjectState.OPEN).exclude(member__user=user)


class ConsentTextQuerySet(models.QuerySet):
    def in_force(self, on: date | TruncDate) -> "ConsentTextQuerySet":
        """The newest text of each kind on that day."""
        return self.filter(from_on__lte=on).order_by("kind", "-from_on", "-pk").distinct("kind")

    def notice(self, on: date | TruncDate) -> "ConsentTextQuerySet":
        """The privacy notice that is in force on that day, if there is one."""
        return self.filter(kind=ConsentKind.PRIVACY, from_on__lte=on).order_by("-from_on", "-pk")[:1]


def _people_of(user) -> models.QuerySet:
    from members.models import Member  # the tables import this module

    people = MemberQuerySet(Member).in_branches(user.branch_ids, on=TruncDate(Now()))
    return people.values("pk")
