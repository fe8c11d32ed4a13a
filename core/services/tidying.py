"""What has done its work goes: daily, in batches, and nothing that anybody may still ask for."""

from datetime import datetime, timedelta

from django.db import models

from core import attachments
from core.models import IntentKey, Invitation, JobRun, OutboxMessage
from core.services import exporting

KEEP_MESSAGES = timedelta(days=30)
KEEP_INTENTS = timedelta(days=30)  # longer than any form stays open and any offline queue waits
KEEP_JOB_RUNS = timedelta(days=3 * 366)  # operation logs: three years (TRUST.md 7)
BATCH = 5000


def tidy(*, at: datetime) -> dict[str, int]:
    """Delete done messages, old intent keys and job runs, expired slips and exports, files that belong to nothing;
    how many of each. Parked messages stay."""
    done = OutboxMessage.objects.filter(done_at__lt=at - KEEP_MESSAGES)
    intents = IntentKey.objects.filter(created_at__lt=at - KEEP_INTENTS)
    runs = JobRun.objects.filter(finished_at__lt=at - KEEP_JOB_RUNS)
    slips = Invitation.objects.filter(expires_at__lt=at)
    return {
        "messages": _delete(done),
        "intents": _delete(intents),
        "job_runs": _delete(runs),
        "slips": _delete(slips),
        "exports": exporting.expire_exports(at=at),
        "files": attachments.sweep(at=at),
    }


def _delete(rows: models.QuerySet) -> int:
    """In batches, so that no lock is held for long."""
    total = 0
    while deleted := rows.model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True)[:BATCH])).delete()[
        0
    ]:
        total += deleted
    return total
