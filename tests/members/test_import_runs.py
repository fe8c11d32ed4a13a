"""An import in the admin by its services: what the preview says, what is committed, what undoing leaves."""

from datetime import date
from io import BytesIO

import pytest

from core import clock
from core.enums import Role
from core.sealed_columns import all_columns
from core.services import rotation
from core.spreadsheets.sheets import open_sheets
from members import dossier
from members.enums import ImportRefusal, ImportState
from members.models import (
    Branch,
    BranchAlias,
    ImportRow,
    ImportRun,
    Member,
    MemberSecret,
    Membership,
    SavedMapping,
)
from members.services import import_runs, import_working, life
from members.services.import_failed_rows import failed_rows
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.importing import cells_of, commit, judged, previewed, register, undo, uploaded, verdicts
from tests.members.rosters import HEADER, LI, ZHANG, row_of, write_book

FULL = (*HEADER, "手机号码", "银行卡号", "备注")
CARD, OTHER_CARD = "6229991166496140707", "6229937509498951532"


@pytest.fixture
def cast(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast()


@pytest.fixture
def staff(cast):
    return cast.users[Role.UNION_STAFF]


def test_preview_says_of_each_row_and_cell_what_would_become_of_it(staff, tmp_path):
    commit(previewed(tmp_path, staff, ZHANG | {"手机号码": "13800000001", "银行卡号": CARD}, LI, header=FULL), staff)
    changed = ZHANG | {"手机号码": "13900000002", "银行卡号": OTHER_CARD, "分工会": "机关一"}
    doubtful = LI | {"工号": "1000003", "身份证号": "", "性别": "不详"}
    wrong = ZHANG | {"工号": "1000004", "身份证号": "513101198201130015"}

    run = previewed(tmp_path, staff, changed, LI, doubtful, wrong, header=FULL, as_of=date(2023, 3, 1))

    assert verdicts(run) == [
        ("1000001", "changed", []),
        ("1000002", "same", []),
        ("1000003", "new", ["sex_unknown"]),
        ("1000004", "error", ["id_checksum"]),
    ]
    assert {name: run.counts[name] for name in ("rows", "new", "changed", "same", "error", "warning")} == {
        **{"rows": 4, "new": 1, "changed": 1, "same": 1, "error": 1, "warning": 1}
    }
    cells = cells_of(run, "1000001")
    assert cells["phone"] == ("138****0001", "139****0002", "changed")
    assert cells["bank_card"] == ("****0707", "****1532", "changed")
    assert cells["branch"] == ("纺织学院", "机关一", "changed")
    assert cells["period"] == ("2010-09-01 起", "2023-03-01 起", "changed")
    assert cells["name"] == ("", "张三", "same")
    assert cells_of(run, "1000003")["sex"] == ("", "", "warning")
    assert cells_of(run, "1000003")["name"] == ("", "李四", "new")
    assert cells_of(run, "1000004")["id_number"] == ("", "****0015", "error")
    assert not Member.objects.filter(staff_no="1000003").exists()


def test_nothing_kept_of_a_preview_holds_a_number_in_clear(staff, tmp_path):
    misplaced = ZHANG | {"工号": "1000005", "备注": f"卡 {CARD}"}
    run = previewed(tmp_path, staff, ZHANG | {"银行卡号": CARD}, misplaced, header=FULL)

    kept = f"{list(ImportRow.objects.values())} {ImportRun.objects.values().get()}"

    assert cells_of(run, "1000005")["remark"][2] == "error"
    assert CARD not in kept
    assert ZHANG["身份证号"] not in kept


def test_commit_writes_what_was_previewed_and_says_so_once(staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG, LI), staff)

    assert (run.state, run.work, run.trouble, run.committed_by) == (ImportState.COMMITTED, "", "", staff)
    assert Member.objects.filter(staff_no__in=["1000001", "1000002"]).count() == 2
    entry = acts().get(action="members.roster.imported")
    assert (entry.target_id, entry.data["created"], entry.actor) == (str(run.pk), 2, staff)


def test_who_was_in_an_import_sees_it_among_those_who_looked(staff, tmp_path):
    commit(previewed(tmp_path, staff, ZHANG), staff)

    looks = dossier.looks_at(Member.objects.get(staff_no="1000001"))

    assert [(look.who, look.what) for look in looks] == [(staff.name, "导入了信息")]


def test_undo_leaves_the_register_as_it_was(staff, tmp_path):
    commit(previewed(tmp_path, staff, ZHANG | {"手机号码": "13800000001", "银行卡号": CARD}, header=FULL), staff)
    Membership.objects.filter(member__staff_no="1000001").update(from_on=date(2011, 1, 1))
    before = register()
    changed = ZHANG | {"姓名": "单雄", "手机号码": "13900000002", "银行卡号": OTHER_CARD, "分工会": "机关一"}
    run = commit(previewed(tmp_path, staff, changed, LI, header=FULL, as_of=date(2023, 3, 1)), staff)
    assert register() != before

    run = undo(run, staff)

    assert (run.state, run.undone_by, run.trouble) == (ImportState.UNDONE, staff, "")
    assert (run.counts["removed"], run.counts["restored"], run.counts["kept"]) == (1, 1, 0)
    assert register() == before
    assert acts().filter(action="members.importrun.undone", target_id=str(run.pk)).count() == 1


def test_undo_gives_back_a_number_sealed_under_a_key_that_is_gone(staff, tmp_path, settings):
    keys = settings.FIELD_KEYS
    commit(previewed(tmp_path, staff, ZHANG | {"银行卡号": CARD}, header=FULL), staff)
    run = commit(previewed(tmp_path, staff, ZHANG | {"银行卡号": OTHER_CARD}, header=FULL), staff)
    settings.FIELD_KEYS = ["k2:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=", *keys]
    for column in all_columns():
        rotation.rotate(column)
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]

    run = undo(run, staff)

    assert run.state == ImportState.UNDONE
    secret = MemberSecret.objects.get(member__staff_no="1000001")
    assert MemberSecret._meta.get_field("bank_card").take(secret) == CARD


def test_undo_names_who_has_changed_since_and_does_nothing(staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG, LI), staff)
    Member.objects.filter(staff_no="1000001").update(title="教授")
    before = register()

    run = undo(run, staff)

    assert (run.state, run.trouble_code) == (ImportState.COMMITTED, ImportRefusal.CHANGED_SINCE)
    assert run.trouble_rows == ["张三（1000001）：资料或会籍有变动"]
    assert register() == before


def test_undo_without_those_who_changed_puts_back_all_others(staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG, LI), staff)
    Member.objects.filter(staff_no="1000001").update(title="教授")

    run = undo(run, staff, without_changed=True)

    assert (run.state, run.counts["removed"], run.counts["kept"]) == (ImportState.UNDONE, 1, 1)
    assert Member.objects.get(staff_no="1000001").title == "教授"
    assert not Member.objects.filter(staff_no="1000002").exists()


def test_undo_keeps_a_membership_that_was_ended_since_with_its_act(staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG, LI), staff)
    member = Member.objects.get(staff_no="1000001")
    life.retire(member=member, on=clock.today(), actor=staff, at=clock.now())

    run = undo(run, staff)

    assert run.trouble_code == ImportRefusal.CHANGED_SINCE
    assert member.membership_acts.count() == 1
    assert Member.objects.filter(staff_no="1000002").exists()


def test_undo_of_an_earlier_import_waits_for_the_later_one(staff, tmp_path):
    first = commit(previewed(tmp_path, staff, ZHANG), staff)
    second = commit(previewed(tmp_path, staff, ZHANG | {"姓名": "单雄"}), staff)

    assert undo(first, staff).trouble_code == ImportRefusal.CHANGED_SINCE
    assert undo(second, staff).state == ImportState.UNDONE
    assert undo(first, staff).state == ImportState.UNDONE
    assert not Member.objects.filter(staff_no="1000001").exists()


def test_commit_is_refused_when_the_register_changed_in_between(staff, tmp_path):
    commit(previewed(tmp_path, staff, ZHANG | {"手机号码": "13800000001"}, LI, header=FULL), staff)
    run = previewed(tmp_path, staff, ZHANG | {"手机号码": "13900000002"}, LI, header=FULL)
    Member.objects.filter(staff_no="1000001").update(phone="13700000003")
    before = register()

    run = commit(run, staff)

    assert (run.state, run.trouble_code) == (ImportState.JUDGED, ImportRefusal.STALE)
    assert run.trouble_rows == ["花名册 第 3 行 1000001"]
    assert register() == before
    assert cells_of(run, "1000001")["phone"] == ("137****0003", "139****0002", "changed")
    assert commit(run, staff).state == ImportState.COMMITTED


def test_a_change_that_alters_no_row_does_not_hinder_the_commit(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG)
    make_branch(name="新分工会", short_name="新")

    assert commit(run, staff).state == ImportState.COMMITTED


def test_columns_that_nobody_knows_are_told_and_remembered(staff, tmp_path):
    rows = [["编号", "谁", "分工会", "入会时间", "绰号"], ["1000001", "张三", "纺织学院", "2010-09-01", "三儿"]]
    run = uploaded(write_book(tmp_path / "怪.xlsx", {"表": rows}), staff)
    told = {"编号": "staff_no", "谁": "name", "分工会": "branch", "入会时间": "joined_on", "绰号": ""}

    run = import_runs.map_columns(run=run, mapping=told, save_as="怪表", actor=staff, at=clock.now())
    import_working.work_now(run)
    again = uploaded(write_book(tmp_path / "怪2.xlsx", {"表": rows}), staff)

    assert verdicts(run) == [("1000001", "new", [])]
    assert import_runs.suggested(again) == told
    assert SavedMapping.objects.get().name == "怪表"


def test_failed_rows_come_back_with_the_reason_and_go_in_again(staff, tmp_path):
    wrong = ZHANG | {"身份证号": "513101198201130015", "备注": "=1+1"}
    run = previewed(tmp_path, staff, wrong, LI, header=FULL)

    content = failed_rows(run=run, actor=staff, at=clock.now())
    path = tmp_path / "改正.xlsx"
    path.write_bytes(content)
    again = judged(path, staff)

    with open_sheets(BytesIO(content), filename="x.xlsx") as sheets:
        rows = [list(cells) for _number, cells in sheets[0].rows]
    assert rows[2] == [*FULL, "原因", "原始位置"]
    assert rows[3] == [*row_of(wrong, FULL), "身份证号有误", "花名册 第 3 行"]
    assert verdicts(again) == [("1000001", "error", ["id_checksum"])]
    assert acts().filter(action="members.importrun.failed_rows_exported").get().data["rows"] == 1


def test_a_branch_told_by_the_sheet_is_kept_with_its_failed_rows(staff, tmp_path):
    header = [word for word in HEADER if word != "分工会"]
    wrong = ZHANG | {"身份证号": "513101198201130015"}
    run = judged(write_book(tmp_path / "分表.xlsx", {"纺织学院": [header, row_of(wrong, header)]}), staff)
    path = tmp_path / "改正.xlsx"
    path.write_bytes(failed_rows(run=run, actor=staff, at=clock.now()))

    assert cells_of(judged(path, staff), "1000001")["branch"][1] == "纺织学院"


def test_an_unknown_branch_is_made_from_the_preview(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG | {"分工会": "图书馆分工会"}, LI)
    assert import_runs.unknown_branches(run) == {"图书馆分工会": 1}

    run = import_runs.settle_branches(run=run, choices={"图书馆分工会": "new"}, actor=staff, at=clock.now())
    import_working.work_now(run)

    assert verdicts(run) == [("1000001", "new", []), ("1000002", "new", [])]
    assert Branch.objects.get(name="图书馆分工会").short_name == "图书馆"


def test_an_unknown_branch_becomes_the_alias_of_one(staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG | {"分工会": "纺织系"})
    branch = Branch.objects.get(short_name="纺织学院")

    run = import_runs.settle_branches(run=run, choices={"纺织系": str(branch.pk)}, actor=staff, at=clock.now())
    import_working.work_now(run)

    assert verdicts(run) == [("1000001", "new", [])]
    assert BranchAlias.objects.get().branch == branch
