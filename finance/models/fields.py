"""What every table of the fund has in the same shape."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models

NOTHING = Decimal("0.00")


def money(name: Any, **how: Any) -> models.DecimalField:
    """Yuan with two places, up to twelve digits before them."""
    return models.DecimalField(name, max_digits=14, decimal_places=2, **how)


def actor(name: Any, **how: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=name, related_name="+", **how)
