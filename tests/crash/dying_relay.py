"""`python -m tests.crash.dying_relay 3`: a relay whose machine dies after its third publish, before the mark."""

import os
import signal
import sys
from itertools import count

import django

django.setup()

from django.core.management import call_command  # noqa: E402  (models need the applications loaded)

from core.management.commands import relay  # noqa: E402

publish, published = relay.publish, count(1)


def publish_and_die(message_id: str) -> None:
    publish(message_id)
    if next(published) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)


relay.publish = publish_and_die
call_command("relay")
