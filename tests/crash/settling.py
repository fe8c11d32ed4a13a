"""After a fault: wait, supervised, until nothing is under way any more; and what time alone would do, at once."""

from time import monotonic

from django.db.models import Q
from django.db.models.functions import Now

from core import outbox
from core.enums import ExportState
from core.models import ExportJob
from notices import rules
from notices.enums import DeliveryState
from notices.models import Delivery, RobotPost
from tests.crash.load import Import
from tests.crash.union import Union
from tests.owner import as_owner

PATIENT = 25  # seconds for the broker to bring work back by itself: its visibility timeout and the restore's rounds
ROUND = 3  # seconds between two times that a minute is skipped
_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
# A claim whose task is gone is free after fifteen minutes. Nothing but the rows of one and the same snapshot tells
# that it is gone: a claim is younger than five seconds, or its message waits.
_LEASE_IS_OVER = """
UPDATE {table} SET claimed_at = claimed_at - interval '16 minutes'
WHERE state = 'sending' AND claimed_at BETWEEN now() - interval '15 minutes' AND now() - interval '5 seconds'
AND NOT EXISTS (
    SELECT 1 FROM core_outboxmessage m
    WHERE m.done_at IS NULL AND m.parked_at IS NULL AND m.name LIKE 'notices.deliver%'
)"""


def settle(union: Union, load: Import, *, patient: bool) -> float:
    """Seconds until pages, roster, reminders and posts are all at an end; the database says so.

    ``patient``: the broker gets its time before the outbox's own minute is skipped.
    """
    start = monotonic()
    next_round = start + (PATIENT if patient else ROUND)

    def step() -> None:
        nonlocal next_round
        load.step()
        if monotonic() > next_round:
            union.holds(hasten)
            next_round = monotonic() + ROUND
        union.holds(leases_end)

    union.until(lambda: load.process is None and not under_way(), "nothing under way", step)
    return monotonic() - start


def under_way() -> bool:
    retried = Q(state__in=_OPEN) | Q(state=DeliveryState.FAILED, attempts__lt=rules.TRIES)
    return (
        outbox.waiting().exists()
        or Delivery.objects.filter(retried).exists()
        or RobotPost.objects.filter(state__in=_OPEN).exists()
        or ExportJob.objects.filter(state__in=(ExportState.WAITING, ExportState.RUNNING)).exists()
    )


def hasten() -> bool:
    """What a minute's waiting does: messages are published again, refused mails are tried again."""
    outbox.waiting().update(due_at=Now())
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())
    RobotPost.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())
    return True


def leases_end() -> bool:
    """What a quarter of an hour's waiting does to claims whose task is gone."""
    with as_owner() as owner:
        for table in ("notices_delivery", "notices_robotpost"):
            owner.execute(_LEASE_IS_OVER.format(table=table))
    return True
