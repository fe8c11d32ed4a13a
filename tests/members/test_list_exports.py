"""Retirement due and honours as files: the rows of the screen, on record for whom they name, columns in one order."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from core import clock, exports
from core.enums import Role
from core.models import ExportJob
from members.models import Honour
from tests.cast import MEMBER, make_cast
from tests.members.factories import make_member, make_membership
from tests.members.test_member_exports import made, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    call_command("load_reference", verbosity=0)
    return make_cast()


def older(cast, name: str, **fields):
    member = make_member(name=name, pinyin=name, **fields)
    make_membership(member=member, branch=cast.branch)
    return member


def honour(cast, title: str, *holders, **fields) -> Honour:
    given = {"level": "school", "kind": "person", "year": 2026, "issuer": "校工会", "state": "confirmed"} | fields
    by = {"declared_by": cast.users[Role.UNION_STAFF], "declared_at": clock.now()}
    if given["state"] != "declared":
        by |= {"checked_by": cast.users[Role.UNION_STAFF], "checked_at": clock.now()}
    row = Honour.objects.create(title=title, **given, **by)
    row.members.set(holders)
    return row


def test_retirement_due_is_the_list_of_the_asked_day(cast):
    man = older(cast, "男甲", sex="male", birth_on=date(1965, 1, 1))  # 2025-02-01
    older(cast, "女未登记", sex="female", birth_on=date(1970, 1, 10))  # as a cadre 2025-02-10

    job = made(cast, "members.retirement_due", until="2025-02-01")

    (row,) = table(job)
    assert (row["姓名"], row["到龄日"], row["分工会"]) == ("男甲", date(2025, 2, 1), "甲院")
    assert len(table(made(cast, "members.retirement_due", until="2025-02-10"))) == 2
    assert [taken.title for taken in exports.taken_out(man.pk)] == ["到龄退休名单"] * 2


@pytest.mark.parametrize("until", ["", "x", "99999-01-01", "0001-01-01"])
def test_retirement_due_without_a_day_looks_as_far_ahead_as_the_page(until):
    kept = exports.kinds["members.retirement_due"].clean({"until": until, "other": "1"})

    assert set(kept) == {"until"}
    assert date(2000, 1, 1) < date.fromisoformat(kept["until"]) < date(2200, 1, 1)


def test_honours_have_a_row_for_each_who_holds_them(cast):
    one, other = older(cast, "甲"), older(cast, "乙")
    honour(cast, "先进集体", one, other, kind="team", team="纺机教研室")
    honour(cast, "模范职工小家", kind="branch", branch=cast.branch, year=2025)
    honour(cast, "待核实的", one, state="declared")

    rows = table(made(cast, "members.honours", state="confirmed"))

    told = [(int(row["年度"]), row["荣誉名称"], row["获奖人"], row["分工会"]) for row in rows]
    assert told[2] == (2025, "模范职工小家", "", "甲院")
    assert {row[2] for row in told[:2]} == {"甲", "乙"}
    assert [len(exports.taken_out(member.pk)) for member in (one, other, cast.member_of(MEMBER))] == [1, 1, 0]
    assert len(table(made(cast, "members.honours", year="2025", level="x"))) == 1


@pytest.mark.parametrize("kind", ["members.retirement_due", "members.honours"])
@pytest.mark.parametrize("by", [MEMBER, Role.BRANCH_OFFICER, Role.ACCOUNTANT])
def test_who_may_not_take_a_list_out_is_refused(cast, kind, by):
    with pytest.raises(PermissionDenied):
        made(cast, kind, by=by)

    assert not ExportJob.objects.exists()


def test_columns_stand_in_the_order_of_the_form_whatever_they_were_asked_in(cast):
    rows = table(made(cast, "members.roll", columns=["sex", "name", "staff_no"]))

    assert list(rows[0]) == ["工号", "姓名", "性别"]


def test_lists_lead_to_their_export(client, cast):
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")

    due = client.get("/admin/members/membershipact/retirement/", {"until": "2025-02-01"}).content.decode()
    honours = client.get("/admin/members/honour/", {"level": "school"}).content.decode()

    assert "/exports/new/members.retirement_due/?until=2025-02-01" in due
    assert "/exports/new/members.honours/?level=school" in honours
    assert client.get("/exports/new/members.honours/", {"level": "school"}).status_code == 200
