"""Members taken out as a list: the rows of the screen, masked, typed as text, on record for each of them."""

import io
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from core import attachments, clock, exports
from core.enums import Role
from core.models import ExportJob
from core.pinyin import search_terms, sort_key
from core.services import exporting
from core.spreadsheets.sheets import Formula, open_sheets
from members.models import Member, MemberSecret
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_member, make_membership

pytestmark = pytest.mark.django_db
EVIL = ('=HYPERLINK("http://x","点")', "+86", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=1")


@pytest.fixture
def cast(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    cast = make_cast()
    for name, branch in (("甲女", cast.branch), ("乙女", cast.other_branch)):
        member = make_member(
            name=name,
            sex="female",
            phone="13812345678",
            birth_on=date(1980, 3, 7),
            title="讲师",
            pinyin=sort_key(name),
            search_terms=search_terms(name),
        )
        make_membership(member=member, branch=branch)
    return cast


def made(cast, kind="members.roll", *, by=Role.UNION_STAFF, columns=None, format="xlsx", **given) -> ExportJob:
    known = exports.kinds[kind]
    job = exports.request_export(
        actor=cast.users[by],
        kind=kind,
        parameters=known.clean(given),
        columns=columns or [column.name for column in known.columns],
        reason="年度统计",
        format=format,
        at=clock.now(),
    )
    exporting.run_export(job.pk)
    job.refresh_from_db()
    assert job.result, job.refusal
    return job


def table(job: ExportJob) -> list[dict]:
    content = io.BytesIO(attachments.content_of(job.result))
    with open_sheets(content, filename=f"名单.{job.format}") as sheets:
        _title, _note, heads, *rows = [list(cells) for _, cells in sheets[0].rows]
    return [dict(zip(heads, [*row, *[""] * (len(heads) - len(row))], strict=True)) for row in rows]


@pytest.mark.parametrize("given", [{}, {"sex": "female"}, {"q": "甲"}, {"born": "3", "state": "on"}, {"sex": "x"}])
def test_the_file_holds_the_rows_of_the_screen_in_their_order(cast, given):
    client = Client()
    client.force_login(cast.users[Role.UNION_STAFF], backend="core.backends.StaffNumberBackend")
    screen = [cells[1] for _address, cells in client.get("/admin/members/member/", given).context["cl"].rows]

    rows = table(made(cast, **given))

    assert [row["工号"] for row in rows] == screen


def test_numbers_are_masked_in_every_layout(cast):
    member = Member.objects.get(name="甲女")
    secret = MemberSecret(member=member, id_number_last4="123X", bank_card_last4="8888")
    MemberSecret._meta.get_field("id_number").put(secret, "11010119900307123X")
    secret.save()

    for kind in ("members.roll", "members.real_name"):
        (row,) = table(made(cast, kind, q="甲女"))
        assert "****123X" in row.values()
        assert "138****5678" in row.values()
        assert not {"13812345678", "11010119900307123X", secret.id_number} & set(map(str, row.values()))


@pytest.mark.parametrize("format", ["xlsx", "csv"])
@pytest.mark.parametrize("text", EVIL)
def test_what_a_person_typed_is_never_a_formula(cast, text, format):
    Member.objects.filter(name="甲女").update(title=text, remark=text, department_name=text, email=text)

    job = made(cast, q="甲女", format=format)

    (row,) = table(job)
    assert not any(isinstance(cell, Formula) for cell in row.values())
    if format == "csv":
        content = attachments.content_of(job.result).decode("utf-8-sig")
        assert f",{text}," not in content or text.startswith("'")
    else:
        assert row["职称"].strip() == text.strip()


@pytest.mark.parametrize(("by", "names"), [(Role.BRANCH_OFFICER, {"甲女"}), (OTHER_BRANCH_OFFICER, {"乙女"})])
def test_a_branch_officer_takes_out_his_own_people_with_fewer_columns(cast, by, names):
    rows = table(made(cast, "members.own_branch", by=by, sex="female", branch=str(cast.other_branch.pk)))

    assert {row["姓名"] for row in rows} == names
    assert rows[0]["生日"] == "03-07"
    assert not {"身份证号", "出生日期", "电子邮箱", "民族", "政治面貌"} & set(rows[0])


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("members.roll", Role.BRANCH_OFFICER),
        ("members.roll", Role.ACCOUNTANT),
        ("members.real_name", Role.BRANCH_OFFICER),
        ("members.own_branch", Role.UNION_STAFF),
        ("members.own_branch", MEMBER),
    ],
)
def test_who_may_not_take_a_list_out_is_refused(cast, kind, by):
    with pytest.raises(PermissionDenied):
        made(cast, kind, by=by)

    assert not ExportJob.objects.exists()


def test_who_was_in_it_can_see_it_and_nobody_else(cast):
    made(cast, q="甲女", columns=["name"])

    inside, outside = Member.objects.get(name="甲女"), Member.objects.get(name="乙女")
    (taken,) = exports.taken_out(inside.pk)
    assert (str(taken.title), taken.reason, [str(title) for title in taken.columns]) == (
        "会员名册",
        "年度统计",
        ["姓名"],
    )
    assert exports.taken_out(outside.pk) == []


def test_the_form_for_real_names_is_the_regulations_order(cast):
    (row,) = table(made(cast, "members.real_name", q="甲女"))

    assert list(row)[:6] == ["姓名", "性别", "出生日期", "民族", "证件类型", "证件号码"]
    assert (row["证件类型"], row["工会组织"], row["会籍状态"]) == ("居民身份证", "甲院", "在会")


def test_the_address_of_the_list_is_all_that_is_kept():
    given = {"sex": "female", "after": "x", "pk__in": "1", "q": "张三\x00", "csrfmiddlewaretoken": "y"}

    assert exports.kinds["members.roll"].clean(given) == {"sex": "female", "q": "张三\ufffd"}
