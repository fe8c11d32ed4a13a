"""Work for Celery as rows of the business transaction; see core/README.md for the way of a message.

``add`` writes the row, the relay publishes its id, a worker works it off. Lost, doubled or forged messages of the
broker cost time only: what to do stands in the row, and the row says whether it was done.
"""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from core import locks
from core.models import OutboxMessage

log = logging.getLogger(__name__)

TRIES = 5
FIRST_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=15)

handlers: dict[str, Callable[..., object]] = {}

_ID = re.compile(r"[A-Za-z0-9._:+-]{1,64}")


def handler(name: str) -> Callable[[Callable], Callable]:
    """Register the decorated function of an app's ``tasks.py`` for ``name``; it takes the ids and is idempotent."""

    def register(function: Callable) -> Callable:
        if handlers.setdefault(name, function) is not function:
            raise ValueError(f"two handlers for {name}")
        return function

    return register


def add(name: str, /, **ids: int | str) -> OutboxMessage:
    """Write one piece of work, to be handed to ``handler(name)`` after the commit. Ids only: no personal data."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"outbox message {name} outside a transaction")
    for key, value in ids.items():
        if not isinstance(value, int) and not (isinstance(value, str) and _ID.fullmatch(value)):
            raise ValueError(f"{name}: {key} is no id")
    return OutboxMessage.objects.create(name=name, args=ids)


def waiting() -> QuerySet[OutboxMessage]:
    """Neither done nor parked."""
    return OutboxMessage.objects.filter(done_at__isnull=True, parked_at__isnull=True)


@transaction.atomic
def publish_due(publish: Callable[[str], object], *, limit: int = 50) -> int:
    """Hand the ids of due messages to ``publish``, the oldest first, and say when each is due again.

    Several relays share the work: a row that another one holds is skipped. When ``publish`` raises, the whole batch
    stays due; the part of it that did get through is refused by the consumer.
    """
    due = waiting().filter(due_at__lte=Now()).order_by("due_at").select_for_update(skip_locked=True)[:limit]
    count = 0
    for message in due:
        publish(str(message.pk))
        OutboxMessage.objects.filter(pk=message.pk).update(
            published=F("published") + 1, published_at=Now(), due_at=Now() + _wait(message.published)
        )
        count += 1
    return count


def work_off(message_id: UUID) -> bool:
    """Run the handler of one message; True when it is done now. Done, parked, unknown or in work elsewhere: False."""
    with locks.only_one(f"outbox:{message_id}") as mine:
        message = _begin(message_id) if mine else None
        if message is None:
            return False
        try:
            handlers[message.name](**message.args)
        except Exception as error:  # whatever a handler raises is a failed try, not the end of the worker
            _failed(message, error)
            return False
        return bool(waiting().filter(pk=message_id).update(done_at=Now(), last_error=""))


def _begin(message_id: UUID) -> OutboxMessage | None:
    """Count the try before it starts: a handler that kills its worker is counted too, and parked in the end."""
    message = waiting().filter(pk=message_id)
    if message.filter(attempts__gte=TRIES).update(parked_at=Now()):
        log.error("outbox message %s parked: its worker was lost %s times", message_id, TRIES)
        return None
    if not message.update(attempts=F("attempts") + 1):
        if not OutboxMessage.objects.filter(pk=message_id).exists():
            log.error("outbox message %s refused: unknown", message_id)
        return None
    return message.get()


def _failed(message: OutboxMessage, error: Exception) -> None:
    """Note the kind of error only: its text may quote personal data."""
    kind = f"unknown handler {message.name}" if message.name not in handlers else type(error).__name__
    last = message.attempts >= TRIES
    log.log(
        logging.ERROR if last else logging.WARNING,
        "outbox message %s (%s), try %s of %s failed: %s",
        message.pk,
        message.name,
        message.attempts,
        TRIES,
        kind,
    )
    waiting().filter(pk=message.pk).update(
        last_error=kind[:200],
        due_at=Now() + _wait(message.attempts - 1),
        parked_at=Now() if last else None,
    )


def _wait(times: int) -> timedelta:
    """1, 2, 4, 8, 15 minutes, 15 minutes ..."""
    return min(FIRST_WAIT * 2 ** min(times, 8), LONGEST_WAIT)
