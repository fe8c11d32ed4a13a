"""Schedulers as real processes: any number of them, and each job runs once per period (TRUST.md F9)."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from core import clock, tasks
from core.models import Department, IntentKey, JobRun, OutboxMessage, User
from core.services import tidying
from tests.core.test_relay import start_worker
from tests.processes import eventually


def start_beat(processes):
    return processes.python(
        *("-m", "celery", "-A", "tests.core.worker_app", "beat", "-l", "INFO", "--max-interval", "1"),
        *("--pidfile", "", "-s", str(processes.folder / "unused")),
    )


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_schedulers_run_each_job_once(processes):
    processes.redis()
    every_second = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)
    for period in ("2022-05-20", "2022-05-21"):
        PeriodicTask.objects.create(
            name=period, task="test.tick", interval=every_second, kwargs=json.dumps({"period": period})
        )
    start_worker(processes, children=2)

    for _ in range(2):
        start_beat(processes)

    eventually(lambda: Department.objects.filter(name__startswith="tick-").count() >= 20)
    assert Department.objects.filter(name__startswith="run-").count() == 2
    assert JobRun.objects.filter(job="test.tick", finished_at__isnull=False).count() == 2


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_schedule_of_the_settings_reaches_the_database_in_the_schools_time(processes):
    processes.redis()
    start_beat(processes)

    eventually(lambda: PeriodicTask.objects.filter(name="core.check_books").exists())
    eventually(lambda: PeriodicTasks.objects.exists())
    zones = {str(task.crontab.timezone) for task in PeriodicTask.objects.filter(name__startswith="core.")}
    assert zones == {"Asia/Shanghai"}


@pytest.fixture
def old_and_new(db):
    """One of each kind years old, one of each from today."""
    user = User.objects.create_user("1001", name="甲")
    long_ago = Now() - timedelta(days=2000)
    for number, at in enumerate((long_ago, Now())):
        OutboxMessage.objects.create(name="test.done", done_at=at)
        OutboxMessage.objects.create(name="test.parked", parked_at=at)
        IntentKey.objects.create(
            user=user, form="f", key=f"00000000-0000-0000-0000-00000000000{number}", created_at=at
        )
        JobRun.objects.create(job="test", period=str(number), finished_at=at)


def test_tidying_keeps_what_is_young_and_what_is_parked(old_and_new, monkeypatch):
    monkeypatch.setattr(tidying, "BATCH", 1)

    counts = tidying.tidy(at=clock.now())

    assert {what: n for what, n in counts.items() if n} == {"messages": 1, "intents": 1, "job_runs": 1}
    assert OutboxMessage.objects.filter(name="test.parked").count() == 2
    assert OutboxMessage.objects.filter(name="test.done").count() == 1
    assert IntentKey.objects.count() == JobRun.objects.count() == 1


def test_tidying_runs_once_a_day(old_and_new):
    tasks.tidy()
    OutboxMessage.objects.update(done_at=Now() - timedelta(days=2000), parked_at=None)

    tasks.tidy()

    assert OutboxMessage.objects.count() == 3
