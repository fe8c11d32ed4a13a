"""Work for Celery as rows of the business transaction; see core/README.md for the way of a message."""

import logging
import re
from collections.abc import Callable

from django.db import connection, transaction

from core.models import OutboxMessage

log = logging.getLogger(__name__)
handlers: dict[str, Callable[..., object]] = {}

_ID = re.compile(r"[A-Za-z0-9._:+-]{1,64}")


def handler(name: str) -> Callable[[Callable], Callable]:
    """Register the decorated function of an app's ``tasks.py`` for ``name``; it takes the ids and is idempotent."""

    def register(function: Callable) -> Callable:
        if handlers.setdefault(name, function) is not function:
            raise ValueError(f"two handlers for {name}")
        return function

    return register


def add(name: str, **ids: int | str) -> OutboxMessage:
    """Write one piece of work, to be handed to ``handler(name)`` after the commit. Ids only: no personal data."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"outbox message {name} outside a transaction")
    for key, value in ids.items():
        if not isinstance(value, int) and not (isinstance(value, str) and _ID.fullmatch(value)):
            raise ValueError(f"{name}: {key} is no id")
    return OutboxMessage.objects.create(name=name, args=ids)
