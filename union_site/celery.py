"""The Celery application: ``celery -A union_site.celery worker|beat``. Settings: CELERY_* in settings.py."""

import os
from pathlib import Path

from celery import Celery, bootsteps
from celery.signals import beat_init, celeryd_init, setup_logging
from django.conf import settings
from django.utils.log import configure_logging

from core import alive
from core.logs import redact_crashes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
app = Celery("union")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if not settings.REDIS_URL:  # the broker is a folder, and kombu does not make it
    for folder in settings.CELERY_BROKER_TRANSPORT_OPTIONS.values():
        Path(str(folder)).mkdir(parents=True, exist_ok=True)


class SignOfLife(bootsteps.StartStopStep):
    """From the worker's main loop: remote control, which `celery inspect ping` needs, is off."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent) -> None:
        parent.timer.call_repeatedly(alive.EVERY_SECONDS, alive.touch, ("worker",), priority=10)
        alive.touch("worker")


app.steps["worker"].add(SignOfLife)


@setup_logging.connect
def log_as_the_settings_say(**_) -> None:
    """Who listens here keeps Celery from handlers of its own, which know nothing of redaction (core/logs.py)."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@celeryd_init.connect
@beat_init.connect
def refuse_unsafe(**_) -> None:
    """A worker or scheduler that could lose work does not start; what ends it later is told redacted."""
    from core.startup import assert_safe

    redact_crashes()
    assert_safe()
