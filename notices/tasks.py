"""What a worker does for notices. Both jobs may come twice, late or at once: rows and claims decide."""

from celery import shared_task

from core import clock, outbox
from notices.services.delivery import deliver_due
from notices.services.due import make_due
from notices.services.handing_out import DELIVER, hand_out


@outbox.handler("notices.send_due")
def send_due() -> None:
    """Make what fell due up to today and hand it to the workers."""
    at = clock.now()
    on = clock.local_date(at)
    make_due(on=on, at=at)
    hand_out(on=on, at=at)


@outbox.handler(DELIVER)
def deliver(*, first: int, last: int) -> None:
    """Deliver what is open between these two ids."""
    deliver_due(on=clock.today(), first=first, last=last)


@shared_task(name="notices.send_due")
def send_due_by_schedule() -> None:
    """The scheduler's tick."""
    send_due()
