"""`manage.py relay`: a supervised process that publishes due outbox messages. Any number of them may run."""

import logging
import signal
from threading import Event

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from core import alive, outbox, startup
from core.tasks import run_outbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30


class Command(BaseCommand):
    help = "把待办消息投递给后台进程（常驻）。"

    def handle(self, *args, **options):
        startup.assert_safe()
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        failures = 0
        while not stop.is_set():
            alive.touch("relay")
            close_old_connections()
            try:
                published = outbox.publish_due(publish)
            except Exception as error:  # broker or database away: the rows wait, and so do we
                failures += 1
                pause = min(2 ** (failures - 1), LONGEST_PAUSE_SECONDS)
                log.warning("relay waits %s s: %s", pause, type(error).__name__)
                stop.wait(pause)
                continue
            failures = 0
            if not published:
                stop.wait(LOOK_SECONDS)


def publish(message_id: str) -> None:
    """One try; the relay's own loop is the retry."""
    run_outbox.apply_async((message_id,), retry=False)
