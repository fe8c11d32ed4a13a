"""Two runs at once, on real PostgreSQL: what the unique row and the claim prevent, and what happens without them."""

from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from notices.models import Delivery, InboxMessage, Reminder
from notices.services import delivery
from notices.services.due import make_due
from tests.notices.factories import AT, ON, make_person, make_rule
from tests.owner import owner_does
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 5


def second_run() -> None:
    try:
        make_due(on=ON, at=AT)
    finally:
        connection.close()


def run_while_another_is_about_to_commit() -> None:
    """The first run has written everything and not committed when the second one starts."""
    make_rule()
    for _ in range(PEOPLE):
        make_person()
    other = Thread(target=second_run)
    with transaction.atomic():
        make_due(on=ON, at=AT)
        other.start()
        other.join(1)  # with the constraint it waits for us, without it is through by now
    other.join(30)


def test_two_runs_at_once_make_each_row_once():
    run_while_another_is_about_to_commit()

    assert (Reminder.objects.count(), Delivery.objects.count()) == (PEOPLE, 2 * PEOPLE)


def test_control_without_the_unique_row_two_runs_make_doubles():
    owner_does("ALTER TABLE notices_reminder DROP CONSTRAINT reminder_once_per_occasion")

    run_while_another_is_about_to_commit()

    assert Reminder.objects.count() == 2 * PEOPLE


def test_many_runs_at_once_make_each_row_once():
    make_rule()
    for _ in range(30):
        make_person()

    outcomes = together(lambda _: make_due(on=ON, at=AT), 4)

    assert sum(made.reminders for made in outcomes) == Reminder.objects.count() == 30


def deliver_twice_at_once(monkeypatch, channel: str, deliver) -> None:
    """Both have read what is open before one of them has committed its claim."""
    make_rule(channels=[channel])
    for _ in range(PEOPLE):
        make_person()
    make_due(on=ON, at=AT)
    both, letters_for = Barrier(2), delivery.letters_for

    def wait_for_the_other(deliveries, *, on):
        try:
            both.wait(1)
        except BrokenBarrierError:  # the other one waits for our rows: go on
            both.abort()
        return letters_for(deliveries, on=on)

    monkeypatch.setattr(delivery, "letters_for", wait_for_the_other)
    together(lambda _: deliver(on=ON, at=AT), 2)


def test_two_deliverers_at_once_send_each_mail_once(monkeypatch, mail_server):
    deliver_twice_at_once(monkeypatch, "email", delivery.deliver_by_mail)

    assert sorted(mail_server.post.by_message_id().values()) == [1] * PEOPLE


def test_control_without_the_claim_two_deliverers_send_doubles(monkeypatch, mail_server):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)

    deliver_twice_at_once(monkeypatch, "email", delivery.deliver_by_mail)

    assert sorted(mail_server.post.by_message_id().values()) == [2] * PEOPLE


def test_two_deliverers_at_once_write_each_message_once(monkeypatch):
    deliver_twice_at_once(monkeypatch, "inbox", delivery.deliver_to_inbox)

    assert InboxMessage.objects.count() == PEOPLE


def test_control_without_claim_and_constraints_messages_double(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    owner_does(
        "ALTER TABLE notices_inboxmessage DROP CONSTRAINT notices_inboxmessage_delivery_id_key",
        "ALTER TABLE notices_delivery DROP CONSTRAINT delivery_sent_is_dated",
    )

    deliver_twice_at_once(monkeypatch, "inbox", delivery.deliver_to_inbox)

    assert InboxMessage.objects.count() == 2 * PEOPLE
