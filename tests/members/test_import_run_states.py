"""What an import in the admin refuses, and what is left of it in the end."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import attachments, clock
from core.enums import Role
from core.models import Attachment
from members.enums import ImportRefusal, ImportState, ImportWork
from members.models import (
    ImportedPerson,
    ImportRow,
    ImportRun,
    Member,
    SavedMapping,
)
from members.services import import_runs
from members.services.import_failed_rows import failed_rows
from members.services.import_judging import CannotProceed
from members.services.roster import CannotImport
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.members.factories import make_branch
from tests.members.importing import commit, previewed, register, undo, uploaded
from tests.members.rosters import LI, ZHANG


@pytest.fixture
def cast(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast()


@pytest.fixture
def staff(cast):
    return cast.users[Role.UNION_STAFF]


def refused(act) -> str:
    with pytest.raises(CannotProceed) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("work", ImportWork)
def test_each_state_takes_its_own_steps_only(work, staff, tmp_path):
    steps = {
        ImportState.UPLOADED: {ImportWork.JUDGE},
        ImportState.JUDGED: {ImportWork.JUDGE, ImportWork.COMMIT},
        ImportState.COMMITTED: {ImportWork.UNDO},
        ImportState.DISCARDED: set(),
        ImportState.UNDONE: set(),
    }
    for state, allowed in steps.items():
        run = _in_state(state, staff, tmp_path)
        if work not in allowed:
            before = register()
            code = refused(lambda run=run: import_runs.ask(run=run, work=work, actor=staff, at=clock.now()))
            assert code in (ImportRefusal.NOT_NOW,), state
            assert ImportRun.objects.get(pk=run.pk).work == ""
            assert register() == before
        discard = state in (ImportState.UPLOADED, ImportState.JUDGED)
        if not discard:
            code = refused(lambda run=run: import_runs.discard(run=run, actor=staff, at=clock.now()))
            assert code == ImportRefusal.NOT_NOW


def _in_state(state, staff, tmp_path) -> ImportRun:
    person = ZHANG | {"工号": f"20{len(ImportState.values)}{ImportRun.objects.count():03}", "身份证号": ""}
    run = previewed(tmp_path, staff, person)
    if state == ImportState.UPLOADED:
        return uploaded(tmp_path / "花名册.xlsx", staff)
    if state == ImportState.DISCARDED:
        return import_runs.discard(run=run, actor=staff, at=clock.now())
    if state in (ImportState.COMMITTED, ImportState.UNDONE):
        run = commit(run, staff)
    return undo(run, staff) if state == ImportState.UNDONE else run


@pytest.mark.parametrize("actor", ACTORS)
def test_imports_are_the_staffs(actor, cast, staff, tmp_path):
    user = cast.users[actor]
    if actor in (ANONYMOUS, Role.UNION_STAFF):
        return
    run = previewed(tmp_path, staff, ZHANG)
    at = clock.now()
    steps = [
        lambda: import_runs.receive(upload=SimpleUploadedFile("a.csv", "工号,姓名".encode()), actor=user, at=at),
        lambda: import_runs.map_columns(run=run, mapping={}, actor=user, at=at),
        lambda: import_runs.ask(run=run, work=ImportWork.COMMIT, actor=user, at=at),
        lambda: import_runs.discard(run=run, actor=user, at=at),
        lambda: import_runs.settle_branches(run=run, choices={}, actor=user, at=at),
        lambda: failed_rows(run=run, actor=user, at=at),
    ]

    for step in steps:
        with pytest.raises(PermissionDenied):
            step()

    assert not ImportRun.objects.visible_to(user).exists()
    assert ImportRun.objects.get() == run
    assert not Member.objects.filter(staff_no="1000001").exists()


def test_commit_of_nothing_is_refused(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG | {"姓名": ""})

    code = refused(lambda: import_runs.ask(run=run, work=ImportWork.COMMIT, actor=staff, at=clock.now()))

    assert code == ImportRefusal.NOTHING


def test_work_that_is_under_way_is_not_asked_for_again(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG)
    at = clock.now()
    import_runs.ask(run=run, work=ImportWork.COMMIT, actor=staff, at=at)

    for act in (import_runs.discard, lambda **how: import_runs.ask(work=ImportWork.JUDGE, **how)):
        assert refused(lambda act=act: act(run=run, actor=staff, at=at)) == ImportRefusal.AT_WORK
    later = at + import_runs.GIVEN_UP + timezone.timedelta(seconds=1)
    assert import_runs.ask(run=run, work=ImportWork.JUDGE, actor=staff, at=later).work == ImportWork.JUDGE


@pytest.mark.parametrize(
    ("change", "code"),
    [({"姓名": "staff_no"}, ImportRefusal.FIELD_TWICE), ({"姓名": ""}, ImportRefusal.FIELD_MISSING)],
)
def test_columns_that_make_no_sense_are_refused(change, code, staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG)
    mapping = run.mapping

    act = {"run": run, "mapping": mapping | change, "save_as": "x", "actor": staff, "at": clock.now()}
    assert refused(lambda: import_runs.map_columns(**act)) == code

    run.refresh_from_db(fields=["mapping", "work"])
    assert (run.mapping, run.work) == (mapping, "")
    assert not SavedMapping.objects.exists()


def test_an_unread_file_leaves_nothing(staff):
    upload = SimpleUploadedFile("空.csv", b",,,\n")

    with pytest.raises(CannotImport):
        import_runs.receive(upload=upload, actor=staff, at=clock.now())

    assert not Attachment.objects.exists()


def test_discarding_takes_the_file_and_the_preview_away(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG)

    run = import_runs.discard(run=run, actor=staff, at=clock.now())

    assert run.state == ImportState.DISCARDED
    assert not ImportRow.objects.exists()
    assert not attachments.of(run).exists()


def test_a_month_later_only_the_record_is_left(staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG), staff)
    begun = previewed(tmp_path, staff, LI)
    later = clock.now() + import_runs.KEPT + timezone.timedelta(minutes=1)

    assert import_runs.tidy(at=clock.now()) == 0
    assert import_runs.tidy(at=later) == 2
    assert import_runs.tidy(at=later) == 0

    run.refresh_from_db(fields=["tidied_at"])
    assert not ImportRow.objects.exists()
    assert not Attachment.objects.exists()
    assert ImportedPerson.objects.get(run=run).after == ""
    undoing = {"work": ImportWork.UNDO, "actor": staff, "at": clock.now()}
    assert refused(lambda: import_runs.ask(run=run, **undoing)) == ImportRefusal.TOO_LATE
    assert commit(begun, staff).trouble_code == ImportRefusal.FILE_GONE
