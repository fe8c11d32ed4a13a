"""The list of branches: wordings that mean one branch each, or the whole list is refused."""

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.models import Branch, BranchAlias
from members.selectors import branch_wordings
from members.services.branch_list import BranchReport, CannotImport, Refusal, import_branches
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.rosters import write_book

HEADER = "分工会名称,别名（分号分隔）"


@pytest.fixture
def bring(db, tmp_path):
    def run(*lines: str, actor=None) -> BranchReport:
        path = tmp_path / "分工会.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        return import_branches(path=path, actor=actor, at=clock.now())

    return run


@pytest.mark.parametrize("between", [";", "；", " ; "])
def test_aliases_part_at_either_semicolon_and_the_first_is_the_short_name(bring, between):
    bring(HEADER, f"纺织学院分工会,纺织学院{between}纺织学院工会")

    branch = Branch.objects.get(name="纺织学院分工会")
    assert branch.short_name == "纺织学院"
    assert set(branch.aliases.values_list("name", flat=True)) == {"纺织学院工会"}
    assert {word for word, pk in branch_wordings().items() if pk == branch.pk} == {
        "纺织学院分工会",
        "纺织学院",
        "纺织学院工会",
    }


@pytest.mark.parametrize(
    ("name", "short_name"), [("基础部分工会", "基础部"), ("图书馆工会", "图书馆工会"), ("分工会", "分工会")]
)
def test_without_alias_the_short_name_is_the_name_without_its_ending(bring, name, short_name):
    bring(HEADER, f"{name},")

    assert Branch.objects.get(name=name).short_name == short_name


def test_a_workbook_with_other_wordings_will_do(db, tmp_path):
    rows = [["分工会一览"], ["简称", "名称"], ["纺织学院", "纺织学院 分工会"], []]
    path = write_book(tmp_path / "分工会.xlsx", {"Sheet1": rows})

    report = import_branches(path=path, actor=None, at=clock.now())

    assert report == BranchReport(created=1, changed=0, unchanged=0)
    assert Branch.objects.filter(name="纺织学院分工会", short_name="纺织学院").exists()


def test_a_new_alias_changes_the_branch_and_none_is_taken_away(bring):
    bring(HEADER, "纺织学院分工会,纺织学院;纺织工会")

    report = bring(HEADER, "纺织学院分工会,纺织学院;纺院")

    assert report == BranchReport(created=0, changed=1, unchanged=0)
    assert set(BranchAlias.objects.values_list("name", flat=True)) == {"纺织工会", "纺院"}


@pytest.mark.parametrize(
    ("lines", "code", "named"),
    [
        (["甲,乙"], Refusal.NO_HEADER, "分工会名称"),
        ([HEADER, ",纺院"], Refusal.NAME_MISSING, "第 2 行"),
        ([HEADER, "长" * 61], Refusal.NAME_TOO_LONG, "第 2 行"),
        ([HEADER, "长" * 31], Refusal.NAME_TOO_LONG, "第 2 行"),
        ([HEADER, "纺织学院分工会,机关"], Refusal.ALIAS_TAKEN, "机关"),
        ([HEADER, "甲分工会,甲;共用", "乙分工会,乙;共用"], Refusal.ALIAS_TAKEN, "第 3 行"),
        ([HEADER, "甲分工会,甲", "甲分工会,甲院"], Refusal.ALIAS_TAKEN, "第 3 行"),
    ],
)
def test_a_list_with_one_wrong_line_is_refused_whole(bring, lines, code, named):
    make_branch(name="机关分工会", short_name="机关")

    with pytest.raises(CannotImport) as refused:
        bring(*lines)

    assert refused.value.code is code
    assert named in refused.value.message
    assert list(Branch.objects.values_list("name", flat=True)) == ["机关分工会"]
    assert not AuditEntry.objects.exists()


def test_the_list_is_for_union_staff(bring):
    users = make_cast().users
    before = Branch.objects.count()

    with pytest.raises(PermissionDenied):
        bring(HEADER, "纺织学院分工会,纺织学院", actor=users[Role.CHAIR])
    assert Branch.objects.count() == before

    assert bring(HEADER, "纺织学院分工会,纺织学院", actor=users[Role.UNION_STAFF]).created == 1
