"""What a worker of this room does. A message carries an outbox id and nothing else (TRUST.md 2.3)."""

import logging
from uuid import UUID

from celery import shared_task
from django.core.management import call_command

from core import outbox

log = logging.getLogger(__name__)


@shared_task(name="core.run_outbox")
def run_outbox(outbox_id: str) -> None:
    """Work off one outbox message; a malformed id is refused and logged."""
    try:
        message_id = UUID(outbox_id)
    except (ValueError, TypeError, AttributeError):
        log.error("outbox message refused: malformed id")
        return
    outbox.work_off(message_id)


@shared_task(name="core.check_books")
def check_books() -> None:
    """Hourly: what the books say about themselves; a difference is logged as critical."""
    call_command("check_books")
