"""What a worker of this room does. A message carries an outbox id and nothing else (TRUST.md 2.3)."""

import logging
from uuid import UUID

from celery import shared_task
from django.core.management import call_command

from core import clock, jobs, outbox
from core.services import tidying

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


@shared_task(name="core.tidy")
def tidy() -> None:
    """Daily; a day that was missed is caught up by the next one."""
    at = clock.now()
    with jobs.once_per(job="core.tidy", period=clock.local_date(at).isoformat()) as mine:
        if mine:
            log.info("tidied %s", tidying.tidy(at=at))
            call_command("clearsessions")
