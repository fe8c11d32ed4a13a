"""Periodic jobs run once per (job, period), whoever starts them how often (TRUST.md 2.5)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models.functions import Now

from core import locks
from core.models import JobRun


@contextmanager
def once_per(*, job: str, period: str) -> Iterator[bool]:
    """True inside when this period is still to be done and nobody else is at it; done when the block ends well.

    A run that crashed is run again: the job itself is idempotent, the unique row says that it is finished.
    """
    with locks.only_one(f"job:{job}:{period}") as mine:
        if not mine:
            yield False
            return
        run, _ = JobRun.objects.get_or_create(job=job, period=period)
        yield run.finished_at is None
        JobRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(finished_at=Now())
