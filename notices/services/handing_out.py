"""Hand open deliveries to the workers, a chunk per outbox message."""

from datetime import date, datetime

from django.db import transaction

from core import outbox
from notices import rules
from notices.services import delivery

DELIVER = "notices.deliver"


@transaction.atomic
def hand_out(*, on: date, at: datetime) -> int:
    """One outbox message for each chunk of open deliveries that none is waiting for; the number of new ones.

    Two messages about the same delivery do no harm: the claim decides.
    """
    delivery.leave_out(on=on, at=at)
    ids = list(delivery.open_deliveries(on=on, at=at).values_list("pk", flat=True))
    waiting = [message.args for message in outbox.waiting().filter(name=DELIVER)]
    chunks = [ids[start : start + rules.CHUNK] for start in range(0, len(ids), rules.CHUNK)]
    new = [
        chunk
        for chunk in chunks
        if not any(args["first"] <= chunk[0] and chunk[-1] <= args["last"] for args in waiting)
    ]
    for chunk in new:
        outbox.add(DELIVER, first=chunk[0], last=chunk[-1])
    return len(new)
