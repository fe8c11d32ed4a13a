"""TRUST.md 5.5 F: what is killed, flushed, doubled or late loses nothing and does nothing twice; docs/trust.md."""

import json
import random
import sys
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from core import clock, outbox
from core.enums import Story
from core.models import Alert, Department, JobRun, OutboxMessage
from notices.models import Delivery, InboxMessage
from tests.crash.faults import FAULTS
from tests.crash.journal import Wave, compare, extra, forms_of
from tests.crash.load import Client, under_load
from tests.crash.settling import settle
from tests.crash.union import WORKERS, Union, worker
from tests.notices.factories import make_person, make_rule
from tests.owner import owner_does
from tests.trust.sizes import dice, size

pytestmark = pytest.mark.services
TIMES = {"F1": (1, 30, 300), "F2": (1, 30, 300), "F3": (1, 30, 300), "F4": (1, 30, 300), "F5": (1, 10, 100)}
TIMES |= {"F7": (1, 10, 100)}
BROKER_ALONE = ("F2", "F3")
CLERKS = 3  # who fill in forms at once
ROWS = 100  # of a roster, in each wave


def test_after_each_fault_journal_database_and_effects_agree(scene):
    chance = dice("crash")
    waves = [f"{fault}n{number}" for fault in FAULTS for number in range(size(*TIMES[fault]))]
    chance.shuffle(waves)

    wrong = []
    for number, name in enumerate(waves):
        fault = name.partition("n")[0]
        wave, first = Wave(name), number // 2 * CLERKS  # each for two waves: exports have a quota
        with under_load(scene.union, wave, scene.clerks[first:][:CLERKS], scene.folder, rows=ROWS) as load:
            FAULTS[fault](scene.union, wave, scene.mails, chance)
        seconds = settle(scene.union, load, patient=fault in BROKER_ALONE)
        books = compare(wave, scene.mails.post, scene.groups.group)
        print(f"{books.line(wave)}; settled after {seconds:.1f} s")
        if any(books.lost.values()) or any(books.doubled.values()):
            wrong.append((name, books))

    assert wrong == []


def test_two_and_three_schedulers_run_each_period_once(scene):
    periods = [f"2022-05-{day}" for day in range(10, 14)]
    often, _ = IntervalSchedule.objects.get_or_create(every=2, period=IntervalSchedule.SECONDS)
    for period in periods:
        given = json.dumps({"period": period})
        PeriodicTask.objects.create(name=period, task="test.tick", interval=often, kwargs=given)

    for number, ticks in enumerate((size(10, 500), size(20, 1_000)), start=2):
        scene.union.start(f"beat-{number}", *scene.union.parts()["beat"]).says("beat: Starting")
        scene.union.until(lambda most=ticks: ticked() >= most, "ticks")

    for name in ("beat-2", "beat-3"):
        scene.union.stop(name)
    for task in PeriodicTask.objects.filter(task="test.tick"):
        task.enabled = False
        task.save()
    runs = Counter(
        name[:14] for name in Department.objects.filter(name__startswith="run-").values_list("name", flat=True)
    )
    print(f"F9: {ticked()} ticks, {len(periods)} periods, runs {sorted(runs.values())}")
    assert runs == {f"run-{period}": 1 for period in periods}
    assert JobRun.objects.filter(job="test.tick", finished_at__isnull=False).count() == len(periods)


def ticked() -> int:
    return Department.objects.filter(name__startswith="tick-").count()


def test_three_days_without_the_system_and_a_clock_that_jumps_remind_each_once(scene):
    """The days come by ``--on``: PostgreSQL's clock is the machine's and stays where it is."""
    today = clock.today()
    days = [today + timedelta(days=number) for number in range(4)]
    rule = make_rule(code="outage", offset_days=50, subject="outage", body="{name}")
    people = [make_person(born=in_1979(day + timedelta(days=50))) for day in days for _ in range(5)]

    for on in (days[0], days[3], days[3], days[1], days[0], days[3]):
        both = [
            scene.union.start(f"send_due-{number}", sys.executable, "manage.py", "send_due", "--on", str(on))
            for number in range(2)
        ]
        assert [process.ends() for process in both] == [0, 0]

    scene.union.until(lambda: not outbox.waiting().exists(), "nothing waits")
    deliveries = Delivery.objects.filter(reminder__rule=rule)
    told = Counter(InboxMessage.objects.filter(delivery__in=deliveries).values_list("member", flat=True))
    mailed = Counter(mail["Message-ID"] for mail in scene.mails.post.accepted if mail["Subject"] == "outage")
    print(f"F9: 12 runs over an outage and back, {len(people)} people, told {len(told)}, mailed {len(mailed)}")
    assert told == {person.pk: 1 for person in people}
    assert mailed == dict.fromkeys(deliveries.filter(channel="email").values_list("message_id", flat=True), 1)


def in_1979(day: date) -> date:
    """Somebody's birth date with this birthday."""
    return day.replace(year=1979) if (day.month, day.day) != (2, 29) else date(1980, 2, 29)


def test_task_that_always_kills_its_child_is_parked_reported_and_passed_by(scene):
    with transaction.atomic():
        deadly, good = outbox.add("test.die"), outbox.add("test.found", name="behind")

    scene.union.until(lambda: message(good).done_at, "the one behind is done")
    scene.union.until(lambda: message(deadly).parked_at, "parked")
    alerts = Alert.objects.filter(story=Story.PARKED_WORK)
    scene.union.until(alerts.exists, "an alert")

    print(f"F10: {message(deadly).attempts} tries, parked, {alerts.count()} alert")
    assert message(deadly).attempts == outbox.TRIES
    assert Department.objects.filter(name="behind").count() == 1


def message(of: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.get(pk=of.pk)


@pytest.mark.parametrize("early", [False, True], ids=["as shipped", "control: acknowledged early"])
def test_broker_alone_brings_back_what_a_killed_worker_had(scene, early):
    """Nobody publishes again: the relay is stopped after its first time."""
    union, name = scene.union, f"early-{early}"
    for part in ("beat", *WORKERS):
        union.stop(part)
    try:
        with_guard = dict(union.environment)
        union.environment |= {"CRASH_ACKS_EARLY": "1"} if early else {}
        doomed = union.start("doomed", *worker())
        union.environment = with_guard
        with transaction.atomic():
            work = outbox.add("test.linger", name=name)
        union.until(lambda: Department.objects.filter(name__startswith=f"{name}-began").exists(), "in mid-task")
        union.stop("relay")
        doomed.kill()
        del union.running["doomed"]
        Department.objects.create(name=f"{name}-go")
        union.start(WORKERS[0], *union.parts()[WORKERS[0]])
        seen: list[bool] = []
        union.until(lambda: message(work).done_at or forgotten(union, seen), "done, or the broker knows of nothing")
        done = message(work).done_at is not None
    finally:
        for part, command in union.parts().items():
            if part not in union.running:
                union.start(part, *command)

    print(f"broker alone, acknowledged early {early}: lost {int(not done)} of 1")
    assert done is not early


def forgotten(union: Union, seen: list[bool]) -> bool:
    """Thirty looks in a row: nothing queued, nothing under way."""
    with union.broker() as broker:
        seen.append(broker.llen("celery") == 0 and broker.hlen("unacked") == 0)
    return seen[-30:] == [True] * 30


class Impatient(random.Random):
    """Sends every form twice."""

    def random(self) -> float:
        return 0.0


@pytest.mark.parametrize("guarded", [True, False], ids=["as shipped", "control: no unique row"])
def test_form_sent_again_with_its_key_makes_one_row(scene, guarded):
    if not guarded:
        owner_does("ALTER TABLE core_intentkey DROP CONSTRAINT intent_once")
    wave = Wave(f"again{guarded}")
    client = Client(scene.union, wave, scene.clerks[-1 - guarded], Impatient())

    client.start()
    scene.union.until(lambda: len(wave.acknowledged) >= 3, "three forms")
    client.stopping.set()
    scene.union.until(lambda: not client.is_alive(), "the client's end")
    if not guarded:
        owner_does(
            "DELETE FROM core_intentkey a USING core_intentkey b WHERE a.id < b.id AND a.key = b.key",
            "ALTER TABLE core_intentkey ADD CONSTRAINT intent_once UNIQUE (user_id, form, key)",
        )

    doubled = extra(forms_of(wave))
    print(f"forms sent twice, unique row {guarded}: {doubled} of {len(wave.acknowledged)} doubled")
    assert doubled == (0 if guarded else len(wave.acknowledged))
