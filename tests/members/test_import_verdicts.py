"""Each verdict by a row made for it, and the nearest row that does not get it."""

from datetime import date
from pathlib import Path

import pytest

from core import clock
from members.models import Member
from members.selectors import branch_wording
from members.services.roster import ImportReport, import_roster
from members.services.roster_columns import columns_of
from members.services.roster_rows import Judged, RowJudge
from tests.members.factories import make_branch
from tests.members.rosters import HEADER, LI, ZHANG, row_of, write_roster

FULL_HEADER = (*HEADER, "入校时间", "手机号码", "电子邮箱", "银行卡号", "职称", "备注")


@pytest.fixture
def bring(db, tmp_path):
    """Import people under the full header; row 3 is the first one."""
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")

    def run(*people: dict) -> ImportReport:
        path = write_roster(Path(tmp_path) / "花名册.xlsx", *people, header=FULL_HEADER)
        return import_roster(path=path, actor=None, at=clock.now())

    return run


def judge(*people: dict) -> Judged:
    """The same rows straight to the judge, without a file and without a register."""
    columns = columns_of(FULL_HEADER)
    branches = {"纺织学院": 1, "纺织学院分工会": 1, "机关一": 2}
    judge = RowJudge(lambda text: branches.get(branch_wording(text)))
    for row, person in enumerate(people, start=3):
        cells = row_of(person, FULL_HEADER)
        values = {field: cells[place] for field, place in columns.items()}
        judge.judge(sheet="花名册", row=row, cells=values, branch=None)
    return judge.judged


def codes(findings) -> list[tuple[int, str]]:
    return [(finding.place.row, finding.code.value) for finding in findings]


REJECTED = [
    ({"工号": ""}, "staff_no_missing"),
    ({"工号": "张三"}, "staff_no_missing"),
    ({"工号": date(2020, 1, 1)}, "staff_no_missing"),
    ({"工号": 9.99e17}, "staff_no_missing"),
    ({"工号": "1" * 33}, "staff_no_missing"),
    ({"姓名": ""}, "name_missing"),
    ({"姓名": "\u3000"}, "name_missing"),
    ({"姓名": "13812345678"}, "name_missing"),
    ({"姓名": '=HYPERLINK("http://127.0.0.1/","点我")'}, "formula_in_name"),
    ({"姓名": "＝1+1"}, "formula_in_name"),
    ({"姓名": "@SUM(A1)"}, "formula_in_name"),
    ({"分工会": "东区临时分工会"}, "branch_unknown"),
    ({"分工会": ""}, "branch_unknown"),
    ({"身份证号": 513101198201130014}, "id_precision_lost"),
    ({"身份证号": "5.13101198201130E+17"}, "id_precision_lost"),
    ({"身份证号": "1.1E+17"}, "id_precision_lost"),
    ({"身份证号": "513101198201130000"}, "id_precision_lost"),
    ({"身份证号": "513101198201130015"}, "id_checksum"),
    ({"身份证号": "513101820113001"}, "id_checksum"),
    ({"身份证号": "513101198213010014"}, "id_checksum"),
    ({"身份证号": "无"}, "id_checksum"),
    ({"入会时间": "2010-02-30"}, "date_impossible"),
    ({"入会时间": "去年"}, "date_impossible"),
    ({"入会时间": "2010年9月"}, "date_impossible"),
    ({"出生日期": "1985.2.30"}, "date_impossible"),
    ({"入会时间": "1982-01-13"}, "date_impossible"),
    ({"入校时间": "1982-01-13"}, "date_impossible"),
    ({"备注": "2010年9月31日退休"}, "date_impossible"),
    ({"备注": "2010年8月31日退休"}, "date_impossible"),
    ({"入会时间": ""}, "date_missing"),
    ({"备注": "身份证号 513101198201130014"}, "number_misplaced"),
    ({"职称": "6229 9911 6649 6140 707"}, "number_misplaced"),
    ({"姓名": "长" * 61}, "value_too_long"),
    ({"职称": "长" * 41}, "value_too_long"),
]
ACCEPTED = [
    {"工号": 1000001.0},
    {"工号": "１０００００１"},
    {"工号": "1" * 32},
    {"姓名": "阿不都·热西提"},
    {"姓名": "𬀩"},
    {"姓名": "长" * 60},
    {"分工会": "纺织学院分工会"},
    {"分工会": " 纺织\u3000学院 "},
    {"身份证号": ""},
    {"身份证号": "５１３１０１１９８２０１１３００１４"},
    {"身份证号": "513101 19820113 0014"},
    {"入会时间": "2012-02-29"},
    {"入会时间": "1982-01-14"},
    {"备注": "12345678901234"},
    {"备注": "2010年9月1日退休"},
    {"备注": "在编"},
    {"职称": "长" * 40},
    {"手机号码": "没有"},
    {"手机号码": "13800000001 13800000002"},
    {"电子邮箱": "不是邮箱"},
    {"银行卡号": "12"},
]


@pytest.mark.parametrize(("changes", "code"), REJECTED)
def test_a_row_that_cannot_be_taken_is_named_and_keeps_nobody_else_out(changes, code):
    judged = judge(ZHANG | changes, LI)

    assert codes(judged.rejected) == [(3, code)]
    assert judged.warned == []
    assert [person.staff_no for person in judged.people] == ["1000002"]


@pytest.mark.parametrize("changes", ACCEPTED)
def test_its_neighbour_is_taken_without_a_word(changes):
    judged = judge(ZHANG | changes, LI)

    assert (len(judged.people), judged.rejected, judged.warned) == (2, [], [])


def test_every_refusal_comes_out_of_a_file_and_nothing_of_the_row_is_stored(bring):
    people = [
        {**ZHANG, "工号": str(2000001 + n), "身份证号": "", **changes} for n, (changes, _) in enumerate(REJECTED)
    ]

    report = bring(*people, LI)

    assert codes(report.rejected) == [(3 + n, code) for n, (_, code) in enumerate(REJECTED)]
    assert list(Member.objects.values_list("staff_no", flat=True)) == ["1000002"]


@pytest.mark.parametrize(
    ("changes", "expected", "stored"),
    [
        ({"性别": "女"}, ["sex_differs_from_id"], {"sex": "female"}),
        ({"性别": "男性"}, [], {"sex": "male"}),
        ({"性别": ""}, [], {"sex": "male"}),
        ({"性别": "", "身份证号": ""}, [], {"sex": ""}),
        ({"性别": "未知"}, ["sex_unknown"], {"sex": "male"}),
        ({"出生日期": "1982-01-14"}, ["birth_differs_from_id"], {"birth_on": date(1982, 1, 14)}),
        ({"出生日期": ""}, [], {"birth_on": date(1982, 1, 13)}),
        ({"出生日期": "1982.01"}, [], {"birth_on": date(1982, 1, 13)}),
        ({"出生日期": "1982年1月"}, [], {"birth_on": date(1982, 1, 13)}),
        ({"出生日期": "1982.02"}, ["date_day_missing"], {"birth_on": date(1982, 1, 13)}),
        ({"出生日期": "1982.01", "身份证号": ""}, ["date_day_missing"], {"birth_on": None}),
        ({"入校时间": "2009.9"}, ["date_day_missing"], {"hired_on": None}),
        ({"入会时间": "", "入校时间": "2009-09-01"}, ["joined_day_missing"], {"from_on": date(2009, 9, 1)}),
        ({"银行卡号": "\u200b6229 9911 6649 6140 707"}, [], {"bank_card": "6229991166496140707"}),
        ({"身份证号": "\u200b513101198201130014"}, [], {"id_number": "513101198201130014"}),
        ({"银行卡号": 6.22999375094989e18}, ["card_precision_lost"], {}),
        ({"电子邮箱": "a" * 255}, ["contact_too_long"], {"email": ""}),
        ({"手机号码": 17483542915.0}, [], {"phone": "17483542915"}),
        ({"手机号码": "183-1194-2185"}, [], {"phone": "18311942185"}),
        ({"手机号码": "0513-5806 1234 转 8"}, [], {"phone": "0513-5806 1234 转 8"}),
        ({"姓名": " 任\u3000磊 "}, [], {"name": "任磊"}),
        ({"姓名": "John\u3000 Smith"}, [], {"name": "John Smith"}),
        ({"姓名": "阿不都 · 热西提"}, [], {"name": "阿不都·热西提"}),
        ({"姓名": "张\u200b三"}, [], {"name": "张三"}),
        ({"职称": " 副教授（高级） "}, [], {"title": "副教授（高级）"}),
    ],
)
def test_a_doubtful_row_is_taken_with_a_warning_and_the_rosters_value(changes, expected, stored):
    judged = judge(ZHANG | changes)

    [person] = judged.people
    assert judged.rejected == []
    assert [finding.code.value for finding in judged.warned] == expected
    assert {field: getattr(person, field) for field in stored} == stored


@pytest.mark.parametrize(
    "spelling",
    [
        "2003-10-07",
        "2003/10/07",
        "2003.10.7",
        "20031007",
        "2003年10月7日",
        "２００３－１０－０７",
        date(2003, 10, 7),
        37901,  # Excel's serial number of that day
        20031007,
    ],
)
def test_a_date_is_the_same_however_it_is_written(spelling):
    [person] = judge(ZHANG | {"入会时间": spelling}).people

    assert person.from_on == date(2003, 10, 7)


@pytest.mark.parametrize(
    ("remark", "until_on", "reason"),
    [
        ("2022年3月9日退休", date(2022, 3, 10), "retired"),
        ("2022.12.31退休", date(2023, 1, 1), "retired"),
        ("2022年3月9日调出", date(2022, 3, 10), "transferred_out"),
        ("2022年3月9日离职", date(2022, 3, 10), "transferred_out"),
        ("2022年3月9日去世", date(2022, 3, 10), "died"),
        ("2022年3月9日退会", date(2022, 3, 10), "left"),
        ("拟于明年退休", None, ""),
    ],
)
def test_a_remark_ends_the_membership_after_its_day(remark, until_on, reason):
    [person] = judge(ZHANG | {"备注": remark}).people

    assert (person.until_on, person.reason_out) == (until_on, reason)
    assert person.remark == remark


def test_the_first_of_two_rows_with_one_staff_number_stands(bring):
    report = bring(ZHANG, LI, ZHANG | {"姓名": "王五", "身份证号": ""})

    assert codes(report.rejected) == [(5, "staff_no_duplicate")]
    assert Member.objects.get(staff_no="1000001").name == "张三"


def test_a_second_row_is_a_duplicate_even_when_the_first_was_refused(bring):
    report = bring(ZHANG | {"身份证号": "513101198201130015"}, ZHANG)

    assert codes(report.rejected) == [(3, "id_checksum"), (4, "staff_no_duplicate")]
    assert not Member.objects.exists()


def test_an_id_number_belongs_to_one_staff_number_in_the_file(bring):
    report = bring(
        ZHANG, LI | {"身份证号": ZHANG["身份证号"], "入会时间": "2011-03-01", "出生日期": "", "性别": "男"}
    )

    assert codes(report.rejected) == [(4, "id_number_taken")]
    assert list(Member.objects.values_list("name", flat=True)) == ["张三"]


def test_an_id_number_belongs_to_one_staff_number_in_the_register(bring):
    bring(ZHANG)

    report = bring(ZHANG | {"工号": "1000009", "性别": "女"})

    assert codes(report.rejected) == [(3, "id_number_taken")]
    assert report.warned == []  # a row is either out or doubtful
    assert Member.objects.count() == 1


def test_several_faults_give_the_first_code_in_the_order_of_the_rules():
    worst = {"姓名": "", "分工会": "", "身份证号": "1", "入会时间": "?"}
    orders = [
        (worst | {"工号": ""}, "staff_no_missing"),
        (worst, "name_missing"),
        (worst | {"姓名": "张三"}, "branch_unknown"),
        (worst | {"姓名": "张三", "分工会": "机关一"}, "id_checksum"),
        (worst | {"姓名": "张三", "分工会": "机关一", "身份证号": ""}, "date_impossible"),
    ]

    assert [codes(judge(ZHANG | changes).rejected) for changes, _ in orders] == [[(3, code)] for _, code in orders]


def test_two_doubts_about_one_row_are_both_named():
    judged = judge(ZHANG | {"性别": "女", "出生日期": "1982-01-14"})

    assert sorted(codes(judged.warned)) == [(3, "birth_differs_from_id"), (3, "sex_differs_from_id")]
