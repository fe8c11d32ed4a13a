"""Relay, broker and worker as real processes, killed and lied to (TRUST.md F2-F4, F7, F10, K2)."""

import signal
from uuid import uuid4

import kombu
import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from core import outbox
from core.models import Department, OutboxMessage
from tests.processes import eventually

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def start_worker(processes, children=1):
    options = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO", "-c", str(children))
    worker = processes.python("-m", "celery", "-A", "tests.core.worker_app", "worker", *options)
    worker.says("ready.")
    return worker


def start_relay(processes):
    return processes.python("manage.py", "relay")


def add(name: str, /, **ids) -> OutboxMessage:
    with transaction.atomic():
        return outbox.add(name, **ids)


def done(message: OutboxMessage) -> bool:
    message.refresh_from_db()
    return message.done_at is not None


def parked(message: OutboxMessage) -> bool:
    """The lock of a try that was killed may outlive it for a moment: then the relay's next round counts."""
    publish_again_now()
    message.refresh_from_db()
    return message.parked_at is not None


def made(name: str) -> int:
    return Department.objects.filter(name=name).count()


def publish_again_now() -> None:
    """What a minute's waiting does."""
    outbox.waiting().update(due_at=Now())


@pytest.mark.parametrize("broker", ["redis", "folder"])
def test_work_is_done_once(processes, broker):
    if broker == "redis":
        processes.redis()
    start_worker(processes)
    start_relay(processes)

    message = add("test.found", name="once")

    eventually(lambda: done(message))
    assert made("once") == 1
    assert message.attempts == 1


def test_whole_worker_killed_in_mid_task(processes):
    processes.redis()
    worker = start_worker(processes)
    start_relay(processes)
    message = add("test.linger", name="killed")
    eventually(lambda: Department.objects.filter(name__startswith="killed-began").exists())
    worker.kill()

    Department.objects.create(name="killed-go")
    start_worker(processes)
    publish_again_now()

    eventually(lambda: done(message))
    assert made("killed") == 1
    assert message.attempts == 2


def test_child_killed_in_mid_task(processes):
    processes.redis()
    start_worker(processes)
    start_relay(processes)

    message = add("test.die_once", name="child")

    eventually(lambda: done(message))
    assert made("child") == 1
    assert message.attempts == 2


def test_task_that_always_kills_its_child_is_parked_and_the_queue_moves_on(processes):
    processes.redis()
    start_worker(processes)
    start_relay(processes)

    deadly, good = add("test.die"), add("test.found", name="behind")

    eventually(lambda: done(good))
    eventually(lambda: parked(deadly))
    assert deadly.attempts == outbox.TRIES


def test_broker_killed_and_emptied_loses_time_only(processes):
    broker = processes.redis()
    relay = start_relay(processes)
    before = add("test.found", name="before")
    eventually(lambda: OutboxMessage.objects.filter(published=1).exists())
    broker.process.kill()
    during = add("test.found", name="during")
    relay.says("relay waits")

    broker.start()
    start_worker(processes)
    publish_again_now()

    eventually(lambda: done(before) and done(during))
    assert made("before") == made("during") == 1
    assert relay.popen.poll() is None


def test_worker_outlives_its_broker(processes):
    broker = processes.redis()
    start_worker(processes)
    start_relay(processes)
    broker.process.kill()
    message = add("test.found", name="after")

    broker.start()
    publish_again_now()

    eventually(lambda: done(message))
    assert made("after") == 1


def test_relay_killed_between_publish_and_mark(processes, tmp_path):
    """The relay's transaction is gone, its message is not: published twice, done once."""
    processes.redis()
    start_worker(processes)
    message = add("test.found", name="twice")
    script = (
        "import os, core.management.commands.relay as r; p = r.publish; f = lambda i: (p(i), os.kill(os.getpid(), 9))"
    )
    processes.python(
        "-c", f"import django; django.setup(); {script}; from core import outbox; outbox.publish_due(f)"
    ).ends()
    eventually(lambda: done(message))
    outbox_row = OutboxMessage.objects.filter(pk=message.pk)
    assert outbox_row.get().published == 0
    outbox_row.update(done_at=None)

    start_relay(processes)

    eventually(lambda: outbox_row.get().published == 1)
    assert made("twice") == 1


def test_two_relays_and_two_children_do_each_message_once(processes):
    processes.redis()
    start_worker(processes, children=2)
    start_relay(processes)
    start_relay(processes)

    messages = [add("test.found", name=f"n{number}") for number in range(40)]

    eventually(lambda: not outbox.waiting().exists())
    assert Department.objects.count() == len(messages)
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


def test_worker_and_relay_give_a_sign_of_life_again_and_again(processes, tmp_path):
    processes.redis()
    start_worker(processes)
    start_relay(processes)
    signs = [tmp_path / "alive" / program for program in ("worker", "relay")]
    eventually(lambda: all(sign.exists() for sign in signs))
    before = [sign.stat().st_mtime_ns for sign in signs]

    eventually(lambda: all(sign.stat().st_mtime_ns > old for sign, old in zip(signs, before, strict=True)))


def test_relay_ends_cleanly(processes):
    processes.redis()
    relay = start_relay(processes)
    message = add("test.found", name="x")
    eventually(lambda: OutboxMessage.objects.filter(pk=message.pk, published=1).exists())

    relay.popen.send_signal(signal.SIGTERM)

    assert relay.ends() == 0
    assert "Traceback" not in relay.said


def test_relay_outlives_its_database_connection(processes):
    processes.redis()
    relay = start_relay(processes)
    first = add("test.found", name="x")
    eventually(lambda: OutboxMessage.objects.filter(pk=first.pk, published=1).exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )

    second = add("test.found", name="y")

    eventually(lambda: OutboxMessage.objects.filter(pk=second.pk, published=1).exists())
    assert relay.popen.poll() is None


POISON: list[dict] = [
    {
        "content_type": "application/x-python-serialize",
        "content_encoding": "binary",
        "body": b"cos\nsystem\n(S'id'\ntR.",
    },
    {"task": "os.system", "args": ["id"]},
    {"task": "core.run_outbox", "args": [str(uuid4())]},
    {"task": "core.run_outbox", "args": ["'; DROP TABLE core_outboxmessage"]},
    {"task": "core.run_outbox", "args": []},
    {"task": "core.run_outbox", "args": [{"a": "b"}], "kwargs": {"c": 1}},
]


def send(url: str, poison: dict) -> None:
    headers = {
        "lang": "py",
        "task": poison.get("task", "core.run_outbox"),
        "id": str(uuid4()),
        "argsrepr": "",
        "kwargsrepr": "",
    }
    with kombu.Connection(url) as broker, broker.SimpleQueue("celery") as queue:
        if "body" in poison:
            queue.producer.publish(
                poison["body"],
                headers=headers,
                content_type=poison["content_type"],
                content_encoding=poison["content_encoding"],
                routing_key="celery",
            )
        else:
            body = [poison["args"], poison.get("kwargs", {}), {}]
            queue.producer.publish(body, headers=headers, serializer="json", routing_key="celery")


def test_poisoned_messages_are_refused_and_the_worker_goes_on(processes):
    broker = processes.redis()
    worker = start_worker(processes)
    for poison in POISON:
        send(broker.url, poison)
    start_relay(processes)

    message = add("test.found", name="good")

    eventually(lambda: done(message))
    for refusal in (
        "ContentDisallowed",
        "unregistered task",
        "refused: unknown",
        "refused: malformed id",
        "TypeError",
    ):
        assert refusal in worker.said
    assert Department.objects.count() == OutboxMessage.objects.count() == 1
