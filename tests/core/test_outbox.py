"""Work as rows: nothing lost, nothing run twice at once, nothing believed that the broker says (TRUST.md 2.3)."""

import time
from contextlib import nullcontext
from datetime import timedelta
from threading import Lock

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from core import jobs, locks, outbox
from core.models import Department, JobRun, OutboxMessage
from core.tasks import run_outbox
from tests.together import together


@pytest.fixture
def runs(monkeypatch):
    """The ids that the handler "test.work" was run with."""
    seen = []
    monkeypatch.setitem(outbox.handlers, "test.work", lambda **ids: seen.append(ids))
    return seen


@pytest.fixture
def failing(monkeypatch):
    def fail(**ids):
        raise LookupError("张三 110101199003078531")

    monkeypatch.setitem(outbox.handlers, "test.work", fail)


def add(**ids) -> OutboxMessage:
    with transaction.atomic():
        return outbox.add("test.work", **ids)


def make_due() -> None:
    outbox.waiting().update(due_at=Now())


@pytest.mark.django_db(transaction=True)
def test_message_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.add("test.work", member=1)

    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_message_shares_the_fate_of_its_transaction():
    with transaction.atomic():
        Department.objects.create(name="后勤处")
        outbox.add("test.work", member=1)
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("value", ["张三", "a b", "x" * 65, "", 1.5, None, ["1"], {"a": 1}])
@pytest.mark.django_db
def test_message_takes_ids_only(value):
    with pytest.raises(ValueError, match="is no id"):
        outbox.add("test.work", member=value)

    assert not OutboxMessage.objects.exists()


def test_two_handlers_of_one_name_are_refused(runs):
    with pytest.raises(ValueError, match="two handlers"):
        outbox.handler("test.work")(print)


@pytest.mark.django_db
def test_relay_publishes_the_oldest_first_and_not_again_before_its_time():
    messages = [add(n=n) for n in range(3)]
    for age, message in enumerate(messages):
        OutboxMessage.objects.filter(pk=message.pk).update(due_at=Now() - timedelta(seconds=9 - age))
    published: list[str] = []

    count = outbox.publish_due(published.append)
    again = outbox.publish_due(published.append)

    assert published == [str(message.pk) for message in messages]
    assert (count, again) == (3, 0)


@pytest.mark.django_db
def test_what_is_published_but_not_done_is_published_again_ever_more_rarely():
    message = add()
    waits = []

    for _ in range(6):
        outbox.publish_due(lambda _: None)
        message.refresh_from_db()
        assert message.published_at
        waits.append((message.due_at - message.published_at) // timedelta(minutes=1))
        make_due()

    assert waits == [1, 2, 4, 8, 15, 15]
    assert message.published == 6


@pytest.mark.django_db
def test_broker_that_is_down_leaves_everything_due():
    add()

    def refuse(message_id):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        outbox.publish_due(refuse)

    assert outbox.publish_due(lambda _: None) == 1


def publish_by_several_relays() -> list[str]:
    for n in range(10):
        add(n=n)
    published, lock = [], Lock()

    def publish(message_id):
        time.sleep(0.02)
        with lock:
            published.append(message_id)

    together(lambda _: outbox.publish_due(publish, limit=5), 4)
    return published


@pytest.mark.django_db(transaction=True)
def test_several_relays_at_once_publish_each_message_once():
    published = publish_by_several_relays()

    assert len(published) == len(set(published)) == 10


@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_lock_relays_publish_twice(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)

    published = publish_by_several_relays()

    assert len(published) > len(set(published))


@pytest.mark.django_db
def test_message_is_worked_off_once(runs):
    message = add(member=7)

    first, second = outbox.work_off(message.pk), outbox.work_off(message.pk)

    assert (first, second) == (True, False)
    assert runs == [{"member": 7}]


def work_off_at_once(monkeypatch) -> int:
    seen = []

    def linger(**ids):
        seen.append(ids)
        time.sleep(0.3)

    monkeypatch.setitem(outbox.handlers, "test.work", linger)
    message = add()
    together(lambda _: outbox.work_off(message.pk), 4)
    return len(seen)


@pytest.mark.django_db(transaction=True)
def test_workers_never_run_one_message_at_the_same_time(monkeypatch):
    assert work_off_at_once(monkeypatch) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_workers_run_one_message_at_once(monkeypatch):
    monkeypatch.setattr(locks, "only_one", lambda name: nullcontext(True))

    assert work_off_at_once(monkeypatch) > 1


@pytest.mark.django_db
def test_failed_try_is_counted_and_its_text_is_not_kept(failing, caplog):
    message = add(member=7)

    done = outbox.work_off(message.pk)

    message.refresh_from_db()
    assert not done
    assert (message.attempts, message.last_error, message.parked_at) == (1, "LookupError", None)
    assert message.due_at > message.created_at
    assert "张三" not in caplog.text
    assert "110101199003078531" not in caplog.text


@pytest.mark.django_db
def test_message_is_parked_after_five_failures(failing, caplog):
    message = add()

    for _ in range(outbox.TRIES + 2):
        outbox.work_off(message.pk)
        make_due()

    message.refresh_from_db()
    assert message.attempts == outbox.TRIES
    assert message.parked_at
    assert "ERROR" in caplog.text
    assert outbox.publish_due(print) == 0


@pytest.mark.django_db
def test_message_that_always_kills_its_worker_is_parked(runs):
    message = add()
    OutboxMessage.objects.update(attempts=outbox.TRIES)  # five tries began, none came to an end

    done = outbox.work_off(message.pk)

    message.refresh_from_db()
    assert not done
    assert message.parked_at
    assert runs == []


@pytest.mark.django_db
def test_unknown_handler_is_a_failed_try():
    message = add()

    outbox.work_off(message.pk)

    message.refresh_from_db()
    assert message.last_error == "unknown handler test.work"
    assert message.done_at is None


UNKNOWN = "0d5f3f6e-8f0c-4a53-9c55-3f0a6f1b2c11"  # the id of no message


@pytest.mark.parametrize("forged", [UNKNOWN, "1", "", None, 7, {"a": 1}, "'; DROP TABLE core_outboxmessage"])
@pytest.mark.django_db
def test_forged_message_is_refused_and_logged(runs, caplog, forged):
    add()

    run_outbox(forged)

    assert "refused" in caplog.text
    assert runs == []
    assert outbox.waiting().count() == 1


@pytest.mark.django_db
def tick(_) -> bool:
    with jobs.once_per(job="test.daily", period="1") as mine:
        time.sleep(0.2)
        return mine


@pytest.mark.django_db(transaction=True)
def test_schedulers_at_once_run_a_job_once():
    assert sum(together(tick, 4)) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_schedulers_run_a_job_at_once_but_its_row_is_one(monkeypatch):
    monkeypatch.setattr(locks, "only_one", lambda name: nullcontext(True))

    assert sum(together(tick, 4)) > 1
    assert JobRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_lock_outlives_the_transactions_inside_and_ends_with_its_block():
    with locks.only_one("test") as mine:
        with transaction.atomic():
            Department.objects.create(name="后勤处")
        held = together(try_lock, 1)

    assert mine
    assert held == [False]
    assert together(try_lock, 1) == [True]


def try_lock(_) -> bool:
    with locks.only_one("test") as mine:
        return mine


@pytest.mark.django_db(transaction=True)
def test_session_that_is_lost_gives_its_lock_back():
    with locks.only_one("test"), pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    connection.close()
    assert try_lock(0)
