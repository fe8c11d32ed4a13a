"""A row under the number of a record that was merged away: told with the one that lives, and nothing written."""

from datetime import date
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from core import clock
from core.enums import Role
from core.spreadsheets.sheets import open_sheets
from members import feed_words
from members.enums import ImportRefusal, ImportWork
from members.models import Member, PayBasis
from members.services import import_runs
from members.services.import_failed_rows import failed_rows
from members.services.import_judging import CannotProceed
from members.services.pay_file import Verdict as PayVerdict
from members.services.pay_file import import_pay
from members.services.roster import import_roster
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.feeds import everybody, set_limits, take
from tests.members.importing import cells_of, previewed, register, verdicts
from tests.members.rosters import LI, ZHANG, write_roster
from tests.members.twins import ID_NUMBER, fill, merge, twins

LIVING = "欧阳小满（K0001）"
OLD = {
    "工号": "D0001",
    "姓名": "欧阳改名",
    "身份证号": ID_NUMBER,
    "分工会": "纺织学院",
    "入会时间": "2024-09-01",
    "性别": "女",
}


@pytest.fixture
def cast(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast()


@pytest.fixture
def merged(cast):
    """K0001 lives; D0001 was merged into it."""
    keep, drop = twins(cast)
    fill(cast, keep, drop)
    merge(cast, keep, drop)
    return Member.objects.get(pk=keep.pk), Member.objects.get(pk=drop.pk)


@pytest.fixture
def staff(cast):
    return cast.users[Role.UNION_STAFF]


def test_preview_says_which_record_lives_and_has_nothing_to_commit(merged, staff, tmp_path):
    before = register()

    run = previewed(tmp_path, staff, OLD)

    assert verdicts(run) == [("D0001", "error", ["staff_no_merged"])]
    assert cells_of(run, "D0001")["staff_no"] == ("D0001", LIVING, "error")
    with pytest.raises(CannotProceed) as refused:
        import_runs.ask(run=run, work=ImportWork.COMMIT, actor=staff, at=clock.now())
    assert refused.value.code == ImportRefusal.NOTHING
    assert register() == before


def test_failed_rows_name_it_too(merged, staff, tmp_path):
    run = previewed(tmp_path, staff, OLD, ZHANG)

    content = failed_rows(run=run, actor=staff, at=clock.now())

    with open_sheets(BytesIO(content), filename="x.xlsx") as sheets:
        (row,) = [list(cells) for _number, cells in sheets[0].rows][3:]
    assert row[-2] == f"该工号的档案已并入另一份，请改用现用工号；{LIVING}"


def test_command_takes_the_others_and_writes_nothing_of_it(merged, tmp_path):
    before = list(Member.objects.filter(pk__in=[one.pk for one in merged]).order_by("pk").values())
    path = write_roster(tmp_path / "a.xlsx", OLD, ZHANG)
    out = StringIO()

    report = import_roster(path=path, actor=None, at=clock.now(), dry_run=True)
    call_command("import_members", str(path), stdout=out)

    assert report.as_json()["rejected"] == [
        {"sheet": "花名册", "row": 3, "staff_no": "D0001", "code": "staff_no_merged"}
    ]
    assert f"（staff_no_merged）：{LIVING}" in out.getvalue()
    assert list(Member.objects.filter(pk__in=[one.pk for one in merged]).order_by("pk").values()) == before
    assert not merged[1].memberships.exists()
    assert Member.objects.filter(staff_no="1000001").exists()


def test_its_number_does_not_take_the_living_records_id_number(merged, staff, tmp_path):
    run = previewed(tmp_path, staff, OLD, OLD | {"工号": "K0001", "入会时间": "2021-01-01"}, LI | {"身份证号": ""})

    assert [(number, codes) for number, _verdict, codes in verdicts(run)][:2] == [
        ("D0001", ["staff_no_merged"]),
        ("K0001", []),
    ]


def test_feed_row_proposes_nothing_and_its_person_has_not_left(cast, merged, tmp_path):
    set_limits()
    rows = [row for row in everybody(cast) if row["工号"] not in ("K0001", "D0001")]
    old = {"工号": "D0001", "姓名": "欧阳改名", "职称": "教授", "人员状态": "退休"}

    run = take(tmp_path / "a.xlsx", [*rows, old])

    assert not run.changes.filter(staff_no__in=["K0001", "D0001"]).exists()
    assert run.rejected == [[len(rows) + 2, "D0001", "staff_no_merged", LIVING]]
    assert feed_words.left_out(*run.rejected[0]).endswith(f"请人事处改用现用工号：{LIVING}")


def test_feed_row_of_the_living_number_counts_beside_it(cast, merged, tmp_path):
    set_limits()
    rows = [row for row in everybody(cast) if row["工号"] not in ("K0001", "D0001")]
    both = [{"工号": "D0001", "姓名": "欧阳改名"}, {"工号": "K0001", "姓名": "欧阳小满", "职称": "教授"}]

    run = take(tmp_path / "a.xlsx", [*rows, *both])

    (line,) = run.changes.filter(staff_no__in=["K0001", "D0001"])
    assert (line.staff_no, line.kind, line.member) == ("K0001", "changed", merged[0])


def test_pay_file_leaves_it_out(cast, merged, staff):
    before = list(PayBasis.objects.order_by("pk").values_list())
    file = SimpleUploadedFile("基数.csv", "工号,缴费基数\nD0001,6000\n".encode())

    report = import_pay(file=file, filename="基数.csv", from_on=date(2026, 1, 1), actor=staff, at=clock.now())

    assert [(line.staff_no, verdict) for line, verdict in report.rejected] == [("D0001", PayVerdict.STAFF_NO_MERGED)]
    assert list(PayBasis.objects.order_by("pk").values_list()) == before
