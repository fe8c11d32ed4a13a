"""Two clerks at one line or one pair, and a merge beside a write: one after the other; and what happens unheld."""

import time
from datetime import date
from threading import Event

import pytest
from django.db import IntegrityError

from core import clock
from core.enums import Role
from members.feed_codes import ChangeState, FeedRefusal, MergeRefusal
from members.life_codes import LifeRefusal
from members.models import FeedChange, FeedRun, Member, MembershipAct, MergeRecord
from members.services import feed, feed_deciding, life, register_lock
from members.services import merging as service
from members.services.merging import CannotMerge
from members.services.register_lock import CannotChangeLife
from members.services.roster import import_roster
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.feeds import everybody, line, set_limits, take, write_feed
from tests.members.rosters import HEADER, write_roster
from tests.members.twins import merge, twins
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 31)


def slow(monkeypatch, module, name: str, *, before: bool = False, seconds: float = 0.5) -> Event:
    """``module.name`` takes a moment longer; the event is set when it is reached."""
    real, reached = getattr(module, name), Event()

    def slowly(*given, **more):
        if before:
            reached.set()
            time.sleep(seconds)
            return real(*given, **more)
        done = real(*given, **more)
        reached.set()
        time.sleep(seconds)
        return done

    monkeypatch.setattr(module, name, slowly)
    return reached


# One line of the feed -----------------------------------------------------------------------------------------
def two_clerks(monkeypatch, tmp_path) -> tuple[list, FeedChange]:
    """Both confirm the line of one newcomer; between looking and filing he is nobody's yet."""
    cast = make_cast()
    set_limits()
    run = take(tmp_path / "a.xlsx", [*everybody(cast), {"工号": "N0001", "姓名": "新来"}])
    change = line(run, "N0001", "joined")
    slow(monkeypatch, feed_deciding, "_still_holds")
    given = {"changes": [change.pk], "actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    outcomes = together(lambda _: feed_deciding.confirm(run=FeedRun.objects.get(pk=run.pk), **given), 2)
    return outcomes, FeedChange.objects.get(pk=change.pk)


def test_two_clerks_confirm_a_line_once(monkeypatch, tmp_path):
    outcomes, change = two_clerks(monkeypatch, tmp_path)

    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 1]
    (refused,) = [why for outcome in outcomes for _, why in outcome.refused]
    assert refused == FeedRefusal.DECIDED.label
    assert change.state == ChangeState.CONFIRMED
    assert Member.objects.filter(staff_no="N0001").count() == 1
    assert acts().filter(action="members.feedchange.applied").count() == 1


def test_control_without_holding_the_run_two_clerks_file_one_newcomer_twice(monkeypatch, tmp_path):
    monkeypatch.setattr(feed_deciding, "held_run", lambda run: FeedRun.objects.get(pk=run.pk))

    outcomes, _ = two_clerks(monkeypatch, tmp_path)

    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


def test_same_file_taken_twice_at_once_is_one_run(monkeypatch, tmp_path):
    rows = everybody(make_cast())
    path = write_feed(tmp_path / "a.xlsx", rows)
    slow(monkeypatch, feed, "read_feed")
    given = {"source": path, "filename": "a.xlsx", "on": DAY, "actor": None, "at": clock.now()}

    outcomes = together(lambda _: feed.take_feed(**given), 2)

    assert sorted(is_new for _run, is_new in outcomes) == [False, True]
    assert FeedRun.objects.count() == 1


def test_control_without_the_lock_the_same_file_collides(monkeypatch, tmp_path):
    rows = everybody(make_cast())
    path = write_feed(tmp_path / "a.xlsx", rows)
    monkeypatch.setattr(feed.locks, "wait_until_commit", lambda name: None)
    slow(monkeypatch, feed, "compare")
    given = {"source": path, "filename": "a.xlsx", "on": DAY, "actor": None, "at": clock.now()}

    outcomes = together(lambda _: feed.take_feed(**given), 2)

    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


# One pair -----------------------------------------------------------------------------------------------------
def two_merges(monkeypatch) -> list:
    """One clerk keeps the one record, the other the other."""
    cast = make_cast()
    people = twins(cast)
    Member.objects.update(phone="")  # nothing to take over: each merge touches the row that it drops only
    slow(monkeypatch, service, "tell_audit", before=True)

    def either(number: int) -> MergeRecord:
        keep, drop = people if number == 0 else people[::-1]
        return merge(cast, keep, drop)

    return together(either, 2)


def test_two_merges_of_one_pair_are_one(monkeypatch):
    outcomes = two_merges(monkeypatch)

    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, CannotMerge)]
    assert refused.code is MergeRefusal.ALREADY_MERGED
    assert MergeRecord.objects.count() == 1
    assert Member.objects.filter(merged_into__isnull=False).count() == 1


def test_control_without_holding_both_each_is_merged_into_the_other(monkeypatch):
    monkeypatch.setattr(service, "hold_both", lambda *people: [Member.objects.get(pk=one.pk) for one in people])

    two_merges(monkeypatch)

    assert Member.objects.filter(merged_into__isnull=False).count() == 2


def beside_a_retirement(monkeypatch) -> tuple[object, Member]:
    """A clerk retires the record that another is merging away."""
    cast = make_cast()
    keep, drop = twins(cast)
    keep.memberships.update(from_on=date(2010, 1, 1), until_on=date(2020, 1, 1), reason_out="transferred_out")
    drop.memberships.update(from_on=date(2021, 1, 1), until_on=None, reason_out="")
    merging = slow(monkeypatch, service, "tell_audit", before=True)
    given = {"on": DAY, "actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    def steps(number: int):
        if number == 0:
            return merge(cast, keep, drop)
        merging.wait(30)
        return life.retire(member=drop, **given)

    record, outcome = together(steps, 2)
    assert isinstance(record, MergeRecord)
    return outcome, drop


def test_retirement_of_a_record_that_is_being_merged_is_refused(monkeypatch):
    outcome, drop = beside_a_retirement(monkeypatch)

    assert isinstance(outcome, CannotChangeLife)
    assert outcome.code is LifeRefusal.MERGED
    assert not MembershipAct.objects.filter(member=drop).exists()


def test_control_without_holding_the_person_an_act_hangs_on_the_dropped_record(monkeypatch):
    monkeypatch.setattr(life, "hold", lambda member: Member.objects.get(pk=member.pk))

    outcome, drop = beside_a_retirement(monkeypatch)

    assert isinstance(outcome, MembershipAct)
    assert MembershipAct.objects.filter(member=drop).exists()


def beside_an_import(monkeypatch, tmp_path) -> tuple[dict, Member]:
    """A roster names the record that is being merged away."""
    cast = make_cast()
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    keep, drop = twins(cast)
    row = {"工号": "D0001", "姓名": "欧阳改名", "分工会": "乙院", "入会时间": "2010-01-01"}
    path = write_roster(tmp_path / "a.xlsx", row, header=HEADER)
    merging = slow(monkeypatch, service, "tell_audit", before=True)

    def steps(number: int):
        if number == 0:
            return merge(cast, keep, drop)
        merging.wait(30)
        return import_roster(path=path, actor=None, at=clock.now())

    _record, report = together(steps, 2)
    drop.refresh_from_db()
    return report.as_json(), drop


def test_import_waits_for_the_merge_and_leaves_the_dropped_record(monkeypatch, tmp_path):
    report, drop = beside_an_import(monkeypatch, tmp_path)

    assert [one["code"] for one in report["rejected"]] == ["staff_no_merged"]
    assert drop.name == "欧阳小满"


def test_control_an_import_that_does_not_hold_the_register_writes_the_dropped_record(monkeypatch, tmp_path):
    monkeypatch.setattr(register_lock, "_ALONE", "SELECT 1")

    report, drop = beside_an_import(monkeypatch, tmp_path)

    assert report["rejected"] == []
    assert drop.name == "欧阳改名"
