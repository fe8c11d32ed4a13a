"""An import at one go leaves a run as one in the admin does: seen there, and taken back there."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from core import clock
from core.enums import Role
from members import dossier
from members.enums import ImportRefusal, ImportState
from members.models import ImportRun, Member
from members.services import import_runs
from members.services.roster import import_roster
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.importing import commit, previewed, register, undo
from tests.members.rosters import HEADER, LI, ZHANG, write_roster

FULL = (*HEADER, "手机号码", "银行卡号")
CARD, OTHER_CARD = "6229991166496140707", "6229937509498951532"


@pytest.fixture
def staff(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast().users[Role.UNION_STAFF]


def taken(tmp_path, *people: dict, actor=None, header=FULL) -> ImportRun:
    path = write_roster(tmp_path / "花名册.xlsx", *people, header=header)
    import_roster(path=path, actor=actor, at=clock.now())
    return ImportRun.objects.latest("pk")


def test_command_leaves_a_run_with_its_figures(staff, tmp_path):
    wrong = ZHANG | {"工号": "1000004", "身份证号": "513101198201130015"}

    run = taken(tmp_path, ZHANG, LI | {"性别": "不详"}, wrong)

    assert (run.state, run.filename, run.uploaded_by, run.committed_by) == (
        ImportState.COMMITTED, "花名册.xlsx", None, None,
    )  # fmt: skip
    figures = ("rows", "new", "changed", "same", "error", "warning")
    assert [run.counts[name] for name in figures] == [3, 2, 0, 0, 1, 1]
    assert acts().get(action="members.roster.imported").target_id == str(run.pk)
    assert [look.what for look in dossier.looks_at(Member.objects.get(staff_no="1000001"))] == ["导入了信息"]


def test_dry_run_leaves_nothing(staff, tmp_path):
    before = register()

    call_command("import_members", str(write_roster(tmp_path / "a.xlsx", ZHANG)), "--dry-run", verbosity=0)

    assert not ImportRun.objects.exists()
    assert register() == before


def test_roster_that_changes_nothing_leaves_its_entry_only(staff, tmp_path):
    taken(tmp_path, ZHANG)

    taken(tmp_path, ZHANG)

    assert ImportRun.objects.count() == 1
    assert acts().filter(action="members.roster.imported").count() == 2


def test_undo_leaves_the_register_as_it_was_before_the_command(staff, tmp_path):
    commit(previewed(tmp_path, staff, ZHANG | {"手机号码": "13800000001", "银行卡号": CARD}, header=FULL), staff)
    before = register()
    run = taken(tmp_path, ZHANG | {"姓名": "单雄", "银行卡号": OTHER_CARD, "分工会": "机关一"}, LI, actor=staff)
    assert run.committed_by == staff
    assert register() != before

    run = undo(run, staff)

    assert (run.state, run.undone_by, run.trouble) == (ImportState.UNDONE, staff, "")
    assert (run.counts["removed"], run.counts["restored"]) == (1, 1)
    assert register() == before


def test_undo_names_who_has_changed_since(staff, tmp_path):
    run = taken(tmp_path, ZHANG, LI)
    Member.objects.filter(staff_no="1000001").update(title="教授")
    before = register()

    run = undo(run, staff)

    assert (run.state, run.trouble_code) == (ImportState.COMMITTED, ImportRefusal.CHANGED_SINCE)
    assert run.trouble_rows == ["张三（1000001）：资料或会籍有变动"]
    assert register() == before


def test_its_page_tells_who_did_it_and_offers_the_undoing(staff, tmp_path):
    run = taken(tmp_path, ZHANG, LI | {"姓名": ""})
    client = Client()
    client.force_login(staff, "core.backends.StaffNumberBackend")

    page = client.get(f"/admin/members/importrun/{run.pk}/change/").content.decode()

    assert "由命令读入文件" in page
    assert f"/admin/members/importrun/{run.pk}/undo/" in page
    assert "failed.xlsx" not in page
    assert "系统" in client.get("/admin/members/importrun/").content.decode()


def test_it_is_emptied_like_the_others(staff, tmp_path):
    run = taken(tmp_path, ZHANG)
    later = clock.now() + import_runs.KEPT * 2

    import_runs.tidy(at=later)

    run = ImportRun.objects.get(pk=run.pk)
    assert run.tidied_at == later
    assert run.people.get().after == ""


def test_database_wants_somebody_who_committed_what_somebody_uploaded(staff, tmp_path):
    run = taken(tmp_path, ZHANG, actor=staff)

    with pytest.raises(IntegrityError, match="import_committed_by_somebody"), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(committed_by=None)
