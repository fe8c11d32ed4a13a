"""Payroll's file of pay bases: what is taken, what is left out and why, and the page that takes it."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock, intents
from core.enums import Role
from core.models import AuditEntry
from core.spreadsheets.refusals import CannotRead
from members.models import PayBasis
from members.services.pay_file import CannotImport, Verdict, import_pay
from tests.cast import MEMBER, make_cast

JULY = date(2022, 7, 1)


@pytest.fixture
def cast(db):
    return make_cast()


def _import(cast, text: str, actor: str = Role.UNION_STAFF, from_on: date = JULY):
    file = BytesIO(text.encode("utf-8-sig"))
    return import_pay(file=file, filename="七月.csv", from_on=from_on, actor=cast.users[actor], at=clock.now())


def test_the_two_parts_of_pay_are_added(cast):
    number = cast.member_of(MEMBER).staff_no

    report = _import(cast, f'工资表,,\n工号,岗位工资,薪级工资\n{number},"2,810.50",1757.30\n')

    assert (report.changed, report.unchanged, report.rejected) == (1, 0, [])
    assert PayBasis.objects.get().monthly == Decimal("4567.80")  # 2,810.50 + 1,757.30
    assert AuditEntry.objects.get().data == {
        "from_on": "2022-07-01",
        "changed": 1,
        "unchanged": 0,
        "rejected": 0,
    }


def test_each_row_left_out_says_why(cast):
    number = cast.member_of(MEMBER).staff_no
    other = cast.member_of(Role.CHAIR).staff_no
    _import(cast, f"工号,缴费基数\n{other},3000\n", from_on=date(2022, 8, 1))

    report = _import(
        cast, f"工号,缴费基数\n{number},四千\nX999,4000\n{number},4000\n{other},4000\n合计,8000\n", from_on=JULY
    )

    assert [(line.row, line.staff_no, verdict) for line, verdict in report.rejected] == [
        (2, number, Verdict.AMOUNT_UNREADABLE),
        (3, "X999", Verdict.STAFF_NO_UNKNOWN),
        (4, number, Verdict.STAFF_NO_DUPLICATE),
        (5, other, Verdict.EARLIER_BASIS),
    ]
    assert PayBasis.objects.count() == 1


@pytest.mark.parametrize("amount", ["-1", "NaN", "1e309", "513101198201130014", ""])
def test_what_is_no_pay_is_left_out(cast, amount):
    number = cast.member_of(MEMBER).staff_no

    report = _import(cast, f"工号,缴费基数\n{number},{amount}\n")

    assert [verdict for _line, verdict in report.rejected] == [Verdict.AMOUNT_UNREADABLE]
    assert not PayBasis.objects.exists()


def test_the_same_file_again_changes_nothing(cast):
    text = f"工号,缴费基数\n{cast.member_of(MEMBER).staff_no},4000\n"
    _import(cast, text)

    report = _import(cast, text)

    assert (report.changed, report.unchanged) == (0, 1)
    assert PayBasis.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [("工号,奖金\n1,2\n", CannotImport), ("工号,岗位工资\n1,2\n", CannotImport), ("", CannotRead)],
)
def test_a_file_without_the_columns_is_refused_whole(cast, text, error):
    file = BytesIO(text.encode())

    with pytest.raises(error):
        import_pay(file=file, filename="a.csv", from_on=JULY, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert not PayBasis.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nobody_but_the_staff_imports(cast):
    with pytest.raises(PermissionDenied):
        _import(cast, "工号,缴费基数\n1,2\n", actor=Role.ACCOUNTANT)


def test_the_page_takes_the_file_and_names_what_it_left_out(cast, client):
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    page = client.get("/admin/members/paybasis/upload/")
    key = page.content.decode().split(f'name="{intents.FIELD}" value="')[1].split('"')[0]
    text = f"工号,缴费基数\n{cast.member_of(MEMBER).staff_no},4000\nX999,1\n"
    upload = SimpleUploadedFile("七月.csv", text.encode("utf-8-sig"))

    given = {"file": upload, "from_on": "2022-07", intents.FIELD: key}
    answer = client.post("/admin/members/paybasis/upload/", given, follow=True)

    said = answer.content.decode()
    assert "已更新 1 人，0 人不变，1 行未采用" in said
    assert "第 3 行 X999：没有这个工号的会员" in said
    assert PayBasis.objects.get().from_on == JULY
