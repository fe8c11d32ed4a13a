"""Whose segments somebody may use."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now, TruncDate

from core.models import RoleGrant
from members.querysets.roll import WHOLE_ROLL


class SegmentQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SegmentQuerySet":
        """His own; for whoever sees the whole roll what others share, too."""
        own = Q(owner=user)
        return self.filter(own | Q(is_shared=True)) if user.holds(*WHOLE_ROLL) else self.filter(own)

    def union_wide(self) -> "SegmentQuerySet":
        """What may stand for people in the union's name: shared, by an owner who sees the whole roll today."""
        offices = RoleGrant.objects.in_force(TruncDate(Now())).filter(user=OuterRef("owner"), role__in=WHOLE_ROLL)
        return self.filter(Exists(offices), is_shared=True, owner__is_active=True)
