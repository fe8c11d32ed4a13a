"""Whose imports somebody sees."""

from typing import Any

from django.db import models


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "ImportRunQuerySet":
        """Whoever may import sees everybody's imports; nobody else sees any."""
        return self if user.has_perm("members.import_member") else self.none()
