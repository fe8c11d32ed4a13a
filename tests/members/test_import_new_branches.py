"""Branches made from an import's preview go when it is taken back, but for those that something else hangs on."""

import pytest

from core import clock
from core.enums import Role
from core.models import RoleGrant
from members.enums import ImportState
from members.models import Branch, BranchAlias, ImportRun, Member
from members.services import branches, import_runs, import_working
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.importing import commit, previewed, register, undo
from tests.members.rosters import LI, ZHANG

NAME = "图书馆分工会"


@pytest.fixture
def cast(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast()


@pytest.fixture
def staff(cast):
    return cast.users[Role.UNION_STAFF]


def with_new_branch(tmp_path, staff, **choices: str) -> ImportRun:
    """A preview from which 图书馆 was made, and what else is chosen."""
    run = previewed(tmp_path, staff, ZHANG | {"分工会": NAME}, LI | {"分工会": next(iter(choices), "机关一")})
    given = {"run": run, "choices": {NAME: "new", **choices}, "actor": staff, "at": clock.now()}
    run = import_runs.settle_branches(**given)
    import_working.work_now(run)
    return ImportRun.objects.get(pk=run.pk)


def steps(run: ImportRun, desk) -> str:
    desk.force_login(run.uploaded_by, "core.backends.StaffNumberBackend")
    return desk.get(f"/admin/members/importrun/{run.pk}/change/").content.decode()


def test_undo_takes_the_new_branch_along_and_leaves_the_register_as_it_was(staff, tmp_path):
    before = register()
    run = commit(with_new_branch(tmp_path, staff), staff)
    branch = Branch.objects.get(name=NAME)
    assert run.branches == [[branch.pk, NAME]]

    run = undo(run, staff)

    assert (run.state, run.trouble, run.counts["branches_kept"]) == (ImportState.UNDONE, "", [])
    assert register() == before
    entry = acts().get(action="members.branch.deleted")
    assert (entry.target_id, entry.data) == (str(branch.pk), {"name": NAME})


def test_branch_with_somebodys_office_stays_and_the_page_says_why(cast, staff, tmp_path, client):
    run = commit(with_new_branch(tmp_path, staff), staff)
    branch = Branch.objects.get(name=NAME)
    officer = cast.users[Role.BRANCH_OFFICER]
    RoleGrant.objects.create(user=officer, role=Role.BRANCH_OFFICER, branch=branch, from_on=clock.today())

    run = undo(run, staff)

    assert Branch.objects.filter(pk=branch.pk).exists()
    (why,) = run.counts["branches_kept"]
    assert why.startswith(f"{NAME}：已有")
    assert why in steps(run, client)
    assert not acts().filter(action="members.branch.deleted").exists()


def test_branch_of_somebody_who_changed_since_stays_with_him(staff, tmp_path):
    run = commit(with_new_branch(tmp_path, staff), staff)
    Member.objects.filter(staff_no="1000001").update(title="教授")

    run = undo(run, staff, without_changed=True)

    assert run.counts["branches_kept"] == [f"{NAME}：已有会籍"]
    assert Member.objects.get(staff_no="1000001").memberships.get().branch.name == NAME


def test_branch_that_was_renamed_since_is_somebodys_own(staff, tmp_path):
    run = commit(with_new_branch(tmp_path, staff), staff)
    branch = Branch.objects.get(name=NAME)
    given = {"name": "图书档案馆分工会", "short_name": "图书馆", "at": clock.now()}
    branches.keep_branch(actor=staff, branch=branch, **given)

    run = undo(run, staff)

    assert run.counts["branches_kept"] == ["图书档案馆分工会：已改名"]
    assert Branch.objects.filter(pk=branch.pk).exists()


def test_alias_stays_and_an_import_without_new_branches_removes_none(staff, tmp_path):
    target = Branch.objects.get(short_name="机关一")
    run = commit(with_new_branch(tmp_path, staff, 机关第一=str(target.pk)), staff)

    undo(run, staff)

    assert BranchAlias.objects.get().name == "机关第一"
    assert not Branch.objects.filter(name=NAME).exists()
    count = Branch.objects.count()
    undo(commit(previewed(tmp_path, staff, ZHANG), staff), staff)
    assert Branch.objects.count() == count


def test_given_up_import_takes_its_branch_along(staff, tmp_path):
    run = with_new_branch(tmp_path, staff)

    import_runs.discard(run=run, actor=staff, at=clock.now())

    assert not Branch.objects.filter(name=NAME).exists()


def test_undo_that_is_refused_leaves_the_branch(staff, tmp_path):
    run = commit(with_new_branch(tmp_path, staff), staff)
    Member.objects.filter(staff_no="1000001").update(title="教授")
    before = register()

    run = undo(run, staff)

    assert run.state == ImportState.COMMITTED
    assert register() == before
