"""Whose segments somebody may use."""

from django.db import models
from django.db.models import Q

from members.querysets import WHOLE_ROLL


class SegmentQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SegmentQuerySet":
        """His own; for whoever sees the whole roll what others share, too."""
        own = Q(owner=user)
        return self.filter(own | Q(is_shared=True)) if user.holds(*WHOLE_ROLL) else self.filter(own)
