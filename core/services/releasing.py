"""Parked work goes on, by a person's decision once its cause is gone."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import OutboxMessage, User


class Refusal(StrEnum):
    NOT_PARKED = "outbox_not_parked"


class CannotRelease(DomainError):
    """It waits for nobody."""


@transaction.atomic
def release(*, actor: User, message: OutboxMessage, at: datetime) -> OutboxMessage:
    """Give a parked message its tries again, due at once. Raises ``CannotRelease``."""
    message = OutboxMessage.objects.select_for_update().get(pk=message.pk)  # two clicks
    if not actor.has_perm("core.release_outboxmessage"):
        raise PermissionDenied
    if message.parked_at is None:
        raise CannotRelease(Refusal.NOT_PARKED, _("该任务没有搁置。"))

    data = {"name": message.name, "attempts": message.attempts, "error": message.last_error}
    OutboxMessage.objects.filter(pk=message.pk).update(parked_at=None, attempts=0, due_at=Now())
    message.refresh_from_db()
    audit.record(actor=actor, action="core.outboxmessage.released", target=message, data=data, at=at)
    return message
