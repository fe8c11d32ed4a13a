"""Personal data in clear: with a right, a reason, and an entry that the person concerned can read (TRUST.md 2.10)."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import User
from core.sealed import SealedField


class RevealRefusal(StrEnum):
    NO_REASON = "reveal_without_reason"
    NOTHING_THERE = "reveal_nothing_there"


class CannotReveal(DomainError):
    """Allowed, but not like this."""


@transaction.atomic(durable=True)  # nothing leaves before its entry is committed
def reveal(*, actor: User, instance: models.Model, field: str, reason: str, subject: int, at: datetime) -> str:
    """One field in full that pages show masked; for a sealed one the view has asked for a fresh sign-in before.

    Needs the permission "<app>.reveal_<model>". Raises ``PermissionDenied``, ``CannotReveal``, ``CannotOpen``.
    ``subject`` is the member whom it concerns.
    """
    meta = instance._meta
    if not actor.has_perm(f"{meta.app_label}.reveal_{meta.model_name}"):
        raise PermissionDenied
    reason = reason.strip()
    if not reason:
        raise CannotReveal(RevealRefusal.NO_REASON, _("请填写查看事由。"))

    plain = _take(instance, field)
    if not plain:
        raise CannotReveal(RevealRefusal.NOTHING_THERE, _("没有登记该项信息。"))
    audit.record(
        actor=actor,
        action=f"{meta.app_label}.{meta.model_name}.{field}_revealed",
        target=instance,
        subject=subject,
        basis=reason[:200],
        data={"field": field},
        at=at,
    )
    return plain


def _take(instance: models.Model, field: str) -> str:
    """A sealed field, or one that the model itself names as ``masked_fields``."""
    column = instance._meta.get_field(field)
    if isinstance(column, SealedField):
        return column.take(instance)
    if field not in getattr(instance, "masked_fields", ()):
        raise ValueError(f"{instance._meta.label}.{field} is neither sealed nor masked")
    return getattr(instance, field)
