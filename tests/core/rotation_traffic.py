"""What people and programs do while the field keys change; each a process of its own:

    python -m tests.core.rotation_traffic write|read|rotate

Says "at work", goes on until SIGTERM and then says in JSON what it did.
"""

import json
import os
import signal
import sys
import time
from itertools import count, takewhile

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")


def write(stopped: list) -> dict[int, str]:
    """Somebody corrects numbers, one after the other; what stands in each row in the end."""
    from members.models import MemberSecret

    field = MemberSecret._meta.get_field("id_number")
    rows = list(MemberSecret.objects.order_by("pk").values_list("pk", flat=True))[::7]
    written: dict[int, str] = {}
    for number in takewhile(lambda _: not stopped, count()):
        pk = rows[number % len(rows)]
        written[pk] = f"corrected {pk} {number}"
        MemberSecret.objects.filter(pk=pk).update(id_number=field.seal_for(pk, written[pk]))
        _at_work(number)
    return written


def read(stopped: list) -> dict[str, int]:
    """Somebody opens one number after the other; how many, and how many did not open."""
    from core.sealed import CannotOpen
    from members.models import MemberSecret

    field = MemberSecret._meta.get_field("id_number")
    done = {"read": 0, "unreadable": 0}
    while True:
        for secret in MemberSecret.objects.order_by("pk").iterator(chunk_size=50):
            done["read"] += 1
            try:
                field.take(secret)
            except CannotOpen:
                done["unreadable"] += 1
            _at_work(done["read"] - 1)
            if stopped:
                return done


def rotate(stopped: list) -> None:
    """The command in small steps with pauses, so that it can be killed between two of them."""
    from django.core.management import call_command

    from core.services import rotation

    swap = rotation._swap

    def step(column, batch):
        time.sleep(0.1)
        return swap(column, batch)

    rotation.BATCH, rotation._swap = max(1, int(sys.argv[2]) // 100), step
    call_command("rotate_field_keys")


def _at_work(number: int) -> None:
    if number == 0:
        print("at work", flush=True)


if __name__ == "__main__":
    django.setup()
    asked_to_stop: list = []
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.append(True))
    print(json.dumps({"write": write, "read": read, "rotate": rotate}[sys.argv[1]](asked_to_stop)))
