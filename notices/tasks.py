"""What a worker does for notices. Every job may come twice, late or at once: rows and claims decide."""

from uuid import UUID

from celery import shared_task

from core import clock, outbox, telling
from notices.services.announcing import tell_due
from notices.services.delivery import deliver_due
from notices.services.digests import deliver_all_digests
from notices.services.due import make_due
from notices.services.group_posts import deliver_posts
from notices.services.handing_out import DELIVER, DIGESTS, POSTS, hand_out
from notices.services.inbox import tell_user
from notices.services.testing import SEND_TEST, mail_test


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


@outbox.handler(DIGESTS)
def deliver_digests() -> None:
    deliver_all_digests(on=clock.today())


@outbox.handler(POSTS)
def deliver_group_posts() -> None:
    deliver_posts(on=clock.today())


@outbox.handler(SEND_TEST)
def send_test(*, rule: int, user: int, key: str) -> None:
    """A rule's mail as a trial, to whoever asked for it."""
    mail_test(rule_id=rule, user_id=user, key=key)


@outbox.handler(telling.WORK)
def tell(*, what: str, user: int, key: str, **ids: int | str) -> None:
    """Put what an app below has to say into one person's inbox."""
    subject, body = telling.words_of(what, **ids)
    tell_user(user_id=user, subject=subject, body=body, key=UUID(key), at=clock.now())


@shared_task(name="notices.send_due")
def send_due_by_schedule() -> None:
    """The scheduler's tick."""
    send_due()


@shared_task(name="notices.announce")
def announce() -> None:
    """The scheduler's tick: announcements whose time has come go into the inboxes."""
    tell_due(at=clock.now())
