"""Hand open deliveries to the workers, a chunk per outbox message."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from core import outbox
from notices import rules
from notices.enums import DeliveryState
from notices.models import RobotPost
from notices.services import delivery, digests, group_posts

DELIVER, DIGESTS, POSTS = "notices.deliver", "notices.deliver_digests", "notices.deliver_posts"


@transaction.atomic
def hand_out(*, on: date, at: datetime) -> int:
    """One outbox message for each chunk of open deliveries that none is waiting for; the number of new ones.

    Two messages about the same delivery do no harm: the claim decides.
    """
    delivery.leave_out(on=on, at=at)
    digests.make_digests(on=on, at=at)
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
    return len(new) + _ask_once(DIGESTS, digests.open_digests(on=on, at=at)) + _ask_once(POSTS, _posts(on, at))


def _posts(on: date, at: datetime) -> QuerySet:
    """Open posts, and those that a crash left behind: somebody must say so."""
    return group_posts.open_posts(on=on, at=at) | RobotPost.objects.filter(
        state=DeliveryState.SENDING, claimed_at__lte=at - rules.LEASE
    )


def _ask_once(name: str, rows: QuerySet) -> int:
    """One message for all of these rows, unless there are none or one is waiting already."""
    if not rows.exists() or outbox.waiting().filter(name=name).exists():
        return 0
    outbox.add(name)
    return 1
