"""`celery -A tests.core.worker_app worker`: our application with handlers that a test can watch."""

import os
import signal
import time
from uuid import uuid4

import django
from celery import shared_task

from union_site.celery import app

django.setup()

from core import jobs, outbox  # noqa: E402  (models need the applications loaded)

__all__ = ["app"]


@outbox.handler("test.found")
def found(*, name: str) -> None:
    """Leaves a row to see."""
    from core.models import Department

    Department.objects.create(name=name)


@outbox.handler("test.linger")
def linger(*, name: str) -> None:
    """Says that it began and goes on only when the test lets it."""
    from core.models import Department

    Department.objects.create(name=f"{name}-began-{os.getpid()}")
    while not Department.objects.filter(name=f"{name}-go").exists():
        time.sleep(0.1)
    Department.objects.get_or_create(name=name)


@outbox.handler("test.die_once")
def die_once(*, name: str) -> None:
    """What the out-of-memory killer does to the first try."""
    from core.models import Department

    _, first = Department.objects.get_or_create(name=f"{name}-began")
    if first:
        os.kill(os.getpid(), signal.SIGKILL)
    Department.objects.create(name=name)


@outbox.handler("test.die")
def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="test.tick")
def tick(period: str) -> None:
    """A periodic job: every tick leaves a row, every run another one."""
    from core.models import Department

    Department.objects.create(name=f"tick-{uuid4()}")
    with jobs.once_per(job="test.tick", period=period) as mine:
        if mine:
            Department.objects.create(name=f"run-{period}-{uuid4()}")
