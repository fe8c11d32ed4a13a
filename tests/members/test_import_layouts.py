"""Rosters laid out in every way that offices lay them out; what cannot be read safely is refused by name."""

from datetime import date
from pathlib import Path

import pytest

from core import clock
from core.models import AuditEntry
from members.enums import Verdict
from members.models import Member, Membership
from members.services.roster import CannotImport, ImportReport, Refusal, import_roster
from members.services.roster_columns import HeaderTrouble, columns_of
from tests.members.factories import make_branch
from tests.members.rosters import HEADER, LI, ZHANG, row_of, write_book

WORDINGS = [
    ("staff_no", "工号 职工号 人员编号 教工号 教职工编号 职工编号 工号(必填) *工号 工\u3000号 工号："),
    ("name", "姓名 姓\u3000名 会员姓名 教职工姓名 姓名*"),
    ("sex", "性别 性\u3000别"),
    ("ethnicity", "民族"),
    ("birth_on", "出生年月 出生日期 出生年月日 出生日期（如1980-01-01）"),
    ("id_number", "身份证号 身份证号码 证件号码 公民身份号码 身份证件号码"),
    ("political_status", "政治面貌"),
    ("education", "学历 最高学历"),
    ("title", "职称 专业技术职务"),
    ("department_name", "部门 所在部门 工作部门"),
    ("branch", "分工会 所属分工会 所属工会 所在分工会"),
    ("hired_on", "入校时间 来校时间 入校日期"),
    ("joined_on", "入会时间 入会日期 加入工会时间"),
    ("phone", "手机 手机号 手机号码 联系电话 移动电话"),
    ("email", "邮箱 电子邮箱 E-mail Ｅｍａｉｌ"),
    ("bank_card", "银行卡号 工资卡号"),
    ("remark", "备注"),
]


@pytest.fixture
def bring(db, tmp_path):
    """Import these sheets."""
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")

    def run(sheets: dict[str, list[list]], **options) -> ImportReport:
        path = write_book(Path(tmp_path) / "花名册.xlsx", sheets, **options)
        return import_roster(path=path, actor=None, at=clock.now())

    return run


def stored() -> list[tuple]:
    rows = Membership.objects.order_by("member__staff_no")
    return list(rows.values_list("member__staff_no", "member__name", "branch__short_name", "from_on"))


def both(bring) -> list[tuple]:
    """What is stored of ZHANG and LI out of the plainest sheet."""
    bring({"Sheet1": [list(HEADER), row_of(ZHANG), row_of(LI)]})
    rows = stored()
    Membership.objects.all().delete()
    for member in Member.objects.all():
        member.secret.delete()
        member.delete()
    return rows


@pytest.mark.parametrize(
    ("field", "wording"), [(field, word) for field, words in WORDINGS for word in words.split(" ")]
)
def test_a_column_is_known_by_many_wordings(field, wording):
    assert columns_of(["序号", wording, "不认识"]) == {field: 1}


def test_the_mobile_counts_before_another_telephone_and_any_order_will_do():
    assert columns_of(["联系电话", "姓名", "手机", "工号"]) == {"phone": 2, "name": 1, "staff_no": 3}


@pytest.mark.parametrize("twice", [("工号", "职工号"), ("入会时间", "入会日期"), ("手机", "手机")])
def test_two_columns_for_what_must_not_be_guessed_are_refused(twice):
    with pytest.raises(HeaderTrouble) as refused:
        columns_of(["姓名", *twice])

    assert (refused.value.what, refused.value.found) == ("column_twice", twice[1])


LAYOUTS = {
    "title rows": [
        ["花名册"],
        ["填表单位：校工会", "", "", "填表日期：2022年12月31日"],
        [],
        HEADER,
        row_of(ZHANG),
        row_of(LI),
    ],
    "blank, serial-only and total rows": [
        HEADER,
        [],
        row_of(ZHANG),
        ["", "", "", "\u3000"],
        row_of(LI),
        ["合计：2人", "", "制表人：", "", "审核人："],
        ["小 计", 2],
        ["", "制表人：王五"],
    ],
    "header again": [HEADER, row_of(ZHANG), HEADER, row_of(LI)],
    "header again in another order": [
        HEADER,
        row_of(ZHANG),
        tuple(reversed(HEADER)),
        list(reversed(row_of(LI))),
    ],
    "group headings above": [
        ["人员", "", "", "", "", "工会", ""],
        HEADER,
        row_of(ZHANG),
        row_of(LI),
    ],
    "header on two rows": [
        ["工号", "姓名", "性别", "基本信息", "", "工会", ""],
        ["", "", "", "出生日期", "身份证号", "分工会", "入会时间"],
        row_of(ZHANG),
        row_of(LI),
    ],
    "header on two rows, the lower one whole": [
        ["", "", "性别", "", "身份证号", "", ""],
        ["工号", "姓名", "", "出生日期", "", "分工会", "入会时间"],
        row_of(ZHANG),
        row_of(LI),
    ],
    "header on two rows, number and name apart": [
        ["工号", "", "性别", "", "身份证号", "", ""],
        ["", "姓名", "", "出生日期", "", "分工会", "入会时间"],
        row_of(ZHANG),
        HEADER,
        row_of(LI),
    ],
    "wide spaces in the header": [
        [f" {word[0]}\u3000{word[1:]} " for word in HEADER],
        row_of(ZHANG),
        row_of(LI),
    ],
    "a serial number that nobody knows": [
        ["序号", *HEADER],
        [1, *row_of(ZHANG)],
        [2, *row_of(LI)],
        [3],
        [4],
    ],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_stores_the_same_two_people(bring, layout):
    plain = both(bring)

    report = bring({"花名册": LAYOUTS[layout]})

    assert (report.created, report.rejected, report.warned) == (2, [], [])
    assert stored() == plain


def test_a_sheet_per_branch_needs_no_branch_column(bring):
    plain = both(bring)
    header = [word for word in HEADER if word != "分工会"]

    report = bring(
        {
            "纺织学院": [["纺织学院会员名册"], header, row_of(ZHANG, header)],
            "机关一分工会": [header, row_of(LI, header), ["合计"]],
            "Sheet3": [],
        }
    )

    assert report.created == 2
    assert stored() == plain


def test_a_row_is_named_by_its_sheet_and_number(bring):
    header = [word for word in HEADER if word != "分工会"]

    report = bring(
        {
            "纺织学院": [["名册"], header, row_of(ZHANG, header)],
            "机关一": [header, row_of(LI, header), row_of(ZHANG, header)],
        }
    )

    assert report.as_json()["rejected"] == [
        {"sheet": "机关一", "row": 3, "staff_no": "1000001", "code": "staff_no_duplicate"}
    ]


def test_a_hidden_sheet_is_left_out_and_named(bring):
    sheets = {"花名册": [HEADER, row_of(ZHANG)], "旧": [HEADER, row_of(LI)]}

    report = bring(sheets, hidden=("旧",))

    assert (report.created, report.skipped_sheets) == (1, ["旧"])


def test_a_row_without_number_and_name_but_with_data_is_not_passed_over(bring):
    report = bring({"花名册": [HEADER, row_of(ZHANG | {"工号": "", "姓名": ""}), row_of(LI)]})

    assert [(finding.place.row, finding.code.value) for finding in report.rejected] == [(2, "staff_no_missing")]


REFUSED = {
    "no header": ({"花名册": [["张三", "1000001"], ["李四", "1000002"]]}, Refusal.NO_HEADER, "花名册"),
    "nothing at all": ({"花名册": []}, Refusal.NO_HEADER, "没有任何内容"),
    "people above the header": ({"花名册": [row_of(ZHANG), HEADER, row_of(LI)]}, Refusal.NO_HEADER, "花名册"),
    "no staff number": ({"花名册": [HEADER[1:], row_of(ZHANG)[1:]]}, Refusal.COLUMN_MISSING, "姓名"),
    "no branch": (
        {"全校": [[w for w in HEADER if w != "分工会"], row_of(ZHANG)]},
        Refusal.COLUMN_MISSING,
        "缺少 分工会",
    ),
    "no joining day": ({"花名册": [HEADER[:-1], row_of(ZHANG)[:-1]]}, Refusal.COLUMN_MISSING, "缺少 入会时间"),
    "two ID columns": ({"花名册": [[*HEADER, "证件号码"], row_of(ZHANG)]}, Refusal.COLUMN_TWICE, "证件号码"),
    "a second sheet that is none": (
        {"花名册": [HEADER, row_of(ZHANG)], "填表说明": [["请勿改动表头"]]},
        Refusal.NO_HEADER,
        "填表说明",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_safely_is_refused_whole(bring, case):
    sheets, code, named = REFUSED[case]

    with pytest.raises(CannotImport) as refused:
        bring(sheets)

    assert refused.value.code is code
    assert named in refused.value.message
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_csv_is_a_roster_too(db, tmp_path):
    make_branch(short_name="纺织学院")
    path = tmp_path / "花名册.csv"
    lines = [",".join(HEADER), ",".join(row_of(ZHANG))]
    path.write_text("\n".join(lines), encoding="gb18030")

    report = import_roster(path=path, actor=None, at=clock.now())

    assert (report.created, Member.objects.get().name) == (1, "张三")


def serial(text: str) -> int:
    """The day as a workbook of the 1904 system counts it."""
    return (date.fromisoformat(text) - date(1904, 1, 1)).days


@pytest.mark.parametrize("spelling", [serial, lambda text: str(serial(text)), date.fromisoformat, str])
def test_a_workbook_that_counts_from_1904_says_the_same_days(bring, spelling):
    plain = both(bring)
    people = [
        row_of(person | {word: spelling(person[word]) for word in ("出生日期", "入会时间")}) for person in (ZHANG, LI)
    ]

    report = bring({"花名册": [list(HEADER), *people]}, date_1904=True)

    assert (report.created, report.rejected, report.warned) == (2, [], [])
    assert stored() == plain


BRANCH = HEADER.index("分工会")
COLUMN = "ABCDEFGHIJ"[BRANCH]


def of_one_branch(*people: dict) -> list[list]:
    return [list(HEADER), *(row_of(person | {"分工会": ""}) for person in people)]


@pytest.mark.parametrize("wide", [False, True])
def test_a_branch_merged_over_several_rows_is_that_of_each(bring, wide):
    rows = of_one_branch(ZHANG, LI)
    rows[1][BRANCH] = "纺织学院"
    if wide:
        rows = [[*row[: BRANCH + 1], "", *row[BRANCH + 1 :]] for row in rows]
    right = "ABCDEFGHIJ"[BRANCH + 1] if wide else COLUMN

    report = bring({"花名册": rows}, merged=(f"{COLUMN}2:{right}3",))

    assert (report.created, report.rejected) == (2, [])
    assert {branch for _no, _name, branch, _day in stored()} == {"纺织学院"}


def test_a_merged_branch_ends_with_its_last_row(bring):
    third = LI | {"工号": "1000003", "身份证号": ""}
    rows = of_one_branch(ZHANG, LI, third)
    rows[1][BRANCH] = "纺织学院"

    report = bring({"花名册": rows}, merged=(f"{COLUMN}2:{COLUMN}3",))

    assert (report.created, [(f.place.row, f.code) for f in report.rejected]) == (2, [(4, Verdict.BRANCH_UNKNOWN)])


def test_a_blank_branch_that_is_not_merged_is_not_filled(bring):
    rows = of_one_branch(ZHANG, LI)
    rows[1][BRANCH] = "纺织学院"

    report = bring({"花名册": rows})

    assert [(f.place.row, f.code) for f in report.rejected] == [(3, Verdict.BRANCH_UNKNOWN)]


def test_a_name_merged_over_two_rows_does_not_make_two_people(bring):
    rows = [list(HEADER), row_of(ZHANG), [""] * len(HEADER), row_of(LI)]

    report = bring({"花名册": rows}, merged=("A2:A3", "B2:B3"))

    assert report.created == 2
