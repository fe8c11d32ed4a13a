"""Two at once, and the end of a process in the middle: one import or none, and the run says which."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import IntegrityError

from core import clock
from core.enums import Role
from members import tasks  # noqa: F401  # the handlers
from members.enums import ImportRefusal, ImportState, ImportWork
from members.models import ImportedPerson, ImportRun, Member
from members.services import import_keeping, import_runs, import_working, register_lock
from members.services.import_judging import CannotProceed
from members.services.roster import import_roster
from tests.acts import acts
from tests.cast import make_cast
from tests.draining import run_pending
from tests.members.factories import make_branch
from tests.members.importing import previewed, register
from tests.members.rosters import LI, ZHANG, write_roster
from tests.owner import owner_does
from tests.processes import _urls
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast().users[Role.UNION_STAFF]


@pytest.fixture
def run(staff, tmp_path):
    return previewed(tmp_path, staff, ZHANG, LI)


def ask(run, staff) -> None:
    import_runs.ask(run=run, work=ImportWork.COMMIT, actor=staff, at=clock.now())


def test_two_clerks_who_commit_one_preview_ask_for_it_once(run, staff):
    outcomes = together(lambda _: ask(run, staff), 2)

    (told,) = [outcome for outcome in outcomes if isinstance(outcome, CannotProceed)]
    assert told.code == ImportRefusal.AT_WORK


def test_page_and_worker_that_commit_at_once_commit_once(run, staff):
    ask(run, staff)

    together(lambda _: import_working.work_off(run.pk), 3)

    run.refresh_from_db(fields=["work", "trouble", "committed_by"])
    assert (run.work, run.trouble, run.committed_by) == ("", "", staff)
    assert Member.objects.filter(staff_no__in=["1000001", "1000002"]).count() == 2
    assert acts().filter(action="members.roster.imported").count() == 1


def slow(monkeypatch, seconds: float = 0.5) -> None:
    """A pause between holding the file against the register and writing."""
    keep = import_keeping.keep_before

    def slowly(*given):
        time.sleep(seconds)
        return keep(*given)

    monkeypatch.setattr(import_keeping, "keep_before", slowly)


def test_control_without_the_lock_page_and_worker_collide(run, staff, monkeypatch):
    slow(monkeypatch)
    monkeypatch.setattr(import_working, "_mine", lambda run: ImportRun.objects.get(pk=run.pk))
    monkeypatch.setattr(import_working, "_note", lambda *given, **more: None)
    monkeypatch.setattr(register_lock, "_ALONE", "SELECT 1")
    ask(run, staff)

    outcomes = together(lambda _: import_working.work_off(run.pk), 2)

    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


def test_commit_beside_another_import_of_the_same_people(run, staff, tmp_path):
    path = write_roster(tmp_path / "另一份.xlsx", ZHANG | {"姓名": "单雄"}, LI)
    ask(run, staff)
    steps = (
        lambda: import_working.work_off(run.pk),
        lambda: import_roster(path=path, actor=staff, at=clock.now()),
    )

    outcomes = together(lambda number: steps[number](), 2)

    assert not any(isinstance(outcome, IntegrityError) for outcome in outcomes)
    run = ImportRun.objects.get(pk=run.pk)
    assert (run.state, run.trouble_code) in [(ImportState.COMMITTED, ""), (ImportState.JUDGED, ImportRefusal.STALE)]
    assert Member.objects.filter(staff_no__in=["1000001", "1000002"]).count() == 2


def test_a_failure_in_the_last_step_is_on_record_and_nothing_is_written(run, staff):
    owner_does("ALTER TABLE members_membership ADD CONSTRAINT nobody CHECK (from_on < '1950-01-01') NOT VALID")
    before = register()
    ask(run, staff)

    import_working.work_now(run)

    run = ImportRun.objects.get(pk=run.pk)
    assert (run.state, run.work, run.trouble_code) == (ImportState.JUDGED, "", ImportRefusal.FAILED)
    assert register() == before
    assert not ImportedPerson.objects.exists()
    entry = acts().get(action="members.importrun.failed")
    assert (entry.target_id, entry.data["work"]) == (str(run.pk), "commit")
    assert not acts().filter(action="members.roster.imported").exists()


DIES = """
import os
from django.test import override_settings
override_settings(MEDIA_ROOT={media!r}).enable()
from members.services import import_keeping, import_working
import_keeping.keep_after = lambda *given: os.kill(os.getpid(), 9)
import_working.work_off({run})
"""


def test_a_process_that_dies_in_the_middle_leaves_the_work_to_be_done_again(run, staff):
    before = register()
    ask(run, staff)
    command = [
        sys.executable,
        "manage.py",
        "shell",
        "--no-imports",
        "-c",
        DIES.format(run=run.pk, media=str(settings.MEDIA_ROOT)),
    ]
    env = os.environ | _urls()

    died = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)

    assert died.returncode == -9, died.stderr
    run = ImportRun.objects.get(pk=run.pk)
    assert (run.state, run.work) == (ImportState.JUDGED, "commit")
    assert register() == before
    assert run_pending() >= 1
    assert ImportRun.objects.get(pk=run.pk).state == ImportState.COMMITTED
    assert Member.objects.filter(staff_no__in=["1000001", "1000002"]).count() == 2
