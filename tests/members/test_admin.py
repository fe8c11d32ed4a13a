"""The register in the browser admin: fast, masked, read-only where it must be."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from core.enums import Role
from core.models import AuditEntry
from core.pinyin import search_terms, sort_key
from members.models import Branch, BranchAlias, Member, MemberSecret
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch, make_member, make_membership

pytestmark = pytest.mark.django_db
LIST = "/admin/members/member/"
MOST_QUERIES = 12


@pytest.fixture
def cast():
    return make_cast()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


@pytest.fixture
def staff(cast):
    return signed_in(cast.users[Role.UNION_STAFF])


def person(name: str, **fields) -> Member:
    return make_member(name=name, pinyin=sort_key(name), search_terms=search_terms(name), **fields)


def queries_of(client: Client, address: str) -> int:
    client.get(address)  # the first page of a session writes what later ones only read
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("query", ["", "?q=张三", "?state=on&sex=male", "?last=1"])
def test_list_asks_the_database_equally_often_for_one_row_and_for_thirty(staff, cast, query):
    make_membership(member=person("张三", sex="male"), branch=cast.branch)
    few = queries_of(staff, LIST + query)
    for _number in range(30):
        make_membership(member=person("张三", sex="male"), branch=make_branch())

    many = queries_of(staff, LIST + query)

    assert many == few <= MOST_QUERIES


def test_list_shows_standing_and_masks_the_phone(staff, cast):
    member = person("张三", phone="13812345678", title="讲师")
    make_membership(
        member=member,
        branch=cast.branch,
        from_on=date(2015, 9, 1),
        until_on=date(2022, 3, 10),
        reason_out="retired",
    )

    page = staff.get(LIST, {"q": "张三"}).content.decode()

    assert "退休，至 2022-03-09" in page
    assert "138****5678" in page
    assert "13812345678" not in page


def test_page_shows_the_last_four_characters_of_what_is_sealed_and_nothing_else(staff, cast):
    member = person("张三")
    secret = MemberSecret(member=member, id_number_last4="123X", bank_card_last4="8888")
    MemberSecret._meta.get_field("id_number").put(secret, "11010119900307123X")
    secret.save()

    page = staff.get(f"{LIST}{member.pk}/change/").content.decode()

    assert "****123X" in page
    assert "****8888" in page
    assert "11010119900307123X" not in page
    assert secret.id_number not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=on", {"甲一", "甲二", "乙一"}),
        ("state=ended", {"乙退"}),
        ("branch={甲}", {"甲一", "甲二"}),
        ("branch={乙}&state=ended", {"乙退"}),
        ("sex=female", {"甲二"}),
        ("joined=2021", {"甲二"}),
        ("left=2022", {"乙退"}),
        ("branch=x", set()),
        ("joined=x", set()),
        ("q=甲二", {"甲二"}),
        ("at=y", {"乙一", "乙退"}),
    ],
)
def test_filters_are_in_the_address(query, found):
    staff = signed_in(make_cast().users[Role.UNION_STAFF])
    first, second = make_branch(), make_branch()
    make_membership(member=person("甲一", sex="male"), branch=first)
    make_membership(member=person("甲二", sex="female"), branch=first, from_on=date(2021, 5, 1))
    make_membership(member=person("乙一"), branch=second)
    make_membership(member=person("乙退"), branch=second, until_on=date(2022, 3, 10), reason_out="retired")
    address = query.replace("{甲}", str(first.pk)).replace("{乙}", str(second.pk))

    rows = staff.get(f"{LIST}?{address}").context["cl"].rows

    names = {cells[0] for _address, cells in rows}
    assert {name for name in names if not name.startswith("人物")} == found


@pytest.mark.parametrize("name", ["add", "delete", "history"])
def test_nothing_adds_or_deletes_a_member(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:members_member_{name}", args=[] if name == "add" else [1])


def test_a_member_is_not_written_from_his_page(staff):
    member = person("张三")

    answer = staff.post(f"{LIST}{member.pk}/change/", {"name": "李四", "staff_no": "X"})

    member.refresh_from_db()
    assert answer.status_code == 403
    assert member.name == "张三"


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.CHAIR, 200), (Role.ACCOUNTANT, 403), (Role.SYSTEM_ADMIN, 403), (Role.BRANCH_OFFICER, 403)],
)
def test_who_opens_the_list(cast, role, status):
    assert signed_in(cast.users[role]).get(LIST).status_code == status


def test_a_member_who_does_not_exist_is_not_found(staff):
    assert staff.get(f"{LIST}999999/change/").status_code == 404


def branch_form(**fields) -> dict:
    given = {"name": "新学院分工会", "short_name": "新学院", "kind": "branch", "position": 3, "is_active": "on"}
    return given | {"other_names": "新院\n新学院工会", "intent_key": str(uuid4())} | fields


def test_branch_is_added_once_for_one_form(staff):
    form = branch_form()

    first = staff.post("/admin/members/branch/add/", form)
    again = staff.post("/admin/members/branch/add/", form)

    branch = Branch.objects.get(name="新学院分工会")
    assert first.status_code == again.status_code == 302
    assert first.url == again.url == "/admin/members/branch/"
    assert set(branch.aliases.values_list("name", flat=True)) == {"新院", "新学院工会"}
    assert AuditEntry.objects.filter(action="members.branch.created", target_id=str(branch.pk)).count() == 1


def test_branch_with_an_alias_of_another_is_refused_and_nothing_is_written(staff, cast):
    BranchAlias.objects.create(name="新院", branch=cast.branch)

    answer = staff.post("/admin/members/branch/add/", branch_form())

    assert answer.status_code == 200
    assert "“新院”已是另一分工会的别名。" in answer.content.decode()
    assert not Branch.objects.filter(name="新学院分工会").exists()
    assert not acts().exists()


def test_branch_form_without_an_intent_key_is_refused(staff):
    answer = staff.post("/admin/members/branch/add/", branch_form(intent_key=""))

    assert answer.status_code == 200
    assert not Branch.objects.filter(name="新学院分工会").exists()


def test_branch_loses_the_aliases_that_were_taken_out(staff, cast):
    BranchAlias.objects.create(name="旧名", branch=cast.branch)

    staff.post(
        f"/admin/members/branch/{cast.branch.pk}/change/",
        branch_form(name=cast.branch.name, short_name=cast.branch.short_name, other_names="新名"),
    )

    assert list(cast.branch.aliases.values_list("name", flat=True)) == ["新名"]


def test_chair_reads_branches_but_does_not_write_them(cast):
    answer = signed_in(cast.users[Role.CHAIR]).post("/admin/members/branch/add/", branch_form())

    assert answer.status_code == 403
    assert not Branch.objects.filter(name="新学院分工会").exists()


def test_chair_opens_a_branch_and_reads_its_other_names(cast):
    BranchAlias.objects.create(name="旧名", branch=cast.branch)

    page = signed_in(cast.users[Role.CHAIR]).get(f"/admin/members/branch/{cast.branch.pk}/change/")

    assert page.status_code == 200
    assert "旧名" in page.content.decode()


@pytest.mark.parametrize("query", ["phone__startswith=138", "pk__in=1", "secret__id_number_last4=123X", "foo=1"])
def test_no_column_is_asked_about_by_the_address(staff, query):
    assert staff.get(f"{LIST}?{query}").status_code == 400
