"""The scheduler's way: rows and outbox messages in one transaction, delivered by a worker over a broker."""

from datetime import timedelta

import pytest
from django.db import connection

from core import clock
from core.models import OutboxMessage
from notices import rules, tasks
from notices.models import Delivery, Reminder
from notices.services.due import make_due
from notices.services.handing_out import hand_out
from tests.draining import run_pending
from tests.notices.factories import AT, ON, make_person, make_rule
from tests.processes import eventually, processes_in

PEOPLE = 5


def people_due_today(count: int = PEOPLE, **rule_fields) -> None:
    make_rule(offset_days=0, **rule_fields)
    today = clock.today()
    for _ in range(count):
        make_person(born=today.replace(year=1980) if (today.month, today.day) != (2, 29) else today)


def messages() -> list[tuple[str, dict]]:
    return list(OutboxMessage.objects.order_by("created_at").values_list("name", "args"))


@pytest.mark.django_db(transaction=True)
def test_tick_makes_rows_and_hands_them_out_in_chunks(monkeypatch, mail_server):
    monkeypatch.setattr(rules, "CHUNK", 4)
    people_due_today()

    tasks.send_due_by_schedule()

    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    assert [(name, args["first"], args["last"]) for name, args in messages()] == [
        ("notices.deliver", chunk[0], chunk[-1]) for chunk in (ids[:4], ids[4:8], ids[8:])
    ]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    assert mail_server.post.accepted == []


@pytest.mark.django_db(transaction=True)
def test_messages_deliver_and_the_next_tick_has_nothing_to_do(mail_server):
    people_due_today()
    tasks.send_due_by_schedule()

    run_pending()
    tasks.send_due_by_schedule()

    assert len(messages()) == 1
    assert len(mail_server.post.accepted) == PEOPLE
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_ticks_without_a_worker_pile_up_no_messages():
    people_due_today()

    for _ in range(3):
        tasks.send_due_by_schedule()

    assert len(messages()) == 1


@pytest.mark.django_db(transaction=True)
def test_message_that_comes_twice_sends_once(mail_server):
    people_due_today()
    tasks.send_due_by_schedule()
    (_, args), *_ = messages()

    tasks.deliver(**args)
    tasks.deliver(**args)

    assert sorted(mail_server.post.by_message_id().values()) == [1] * PEOPLE


@pytest.mark.django_db(transaction=True)
def test_mail_server_down_leaves_the_mails_to_the_next_tick(no_mail_server):
    people_due_today(channels=["email"])
    tasks.send_due_by_schedule()
    run_pending()
    waiting = Delivery.objects.filter(state="pending", reason="unreachable").count()

    with no_mail_server as server:
        tasks.send_due_by_schedule()
        run_pending()

        assert (waiting, len(server.post.accepted)) == (PEOPLE, PEOPLE)


@pytest.mark.django_db
def test_hand_out_takes_what_is_due_only():
    make_rule(channels=["inbox"])
    make_person()
    make_due(on=ON, at=AT)

    early = hand_out(on=ON - timedelta(days=1), at=AT)

    assert (early, messages()) == (0, [])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_worker_and_relay_as_processes_deliver_over_a_real_broker(tmp_path, mail_server):
    people_due_today()
    with processes_in(tmp_path) as processes:
        processes.env["EMAIL_URL"] = mail_server.url
        processes.redis()
        worker = processes.python("-m", "celery", "-A", "union_site.celery", "worker", "-l", "INFO", "-c", "2")
        worker.says("ready.")
        processes.python("manage.py", "relay")

        tasks.send_due_by_schedule()
        eventually(lambda: set(Delivery.objects.values_list("state", flat=True)) == {"sent"}, "all sent")

    eventually(lambda: other_sessions() == 0, "sessions ended")
    assert Reminder.objects.count() == PEOPLE
    assert sorted(mail_server.post.by_message_id().values()) == [1] * PEOPLE


def other_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]
