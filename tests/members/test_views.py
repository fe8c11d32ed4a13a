"""The portal's member pages: who gets in, what is masked, what they cost."""

from datetime import date

import pytest
from django.urls import reverse

from core import audit, clock
from core.enums import Role
from core.models import AuditEntry, RoleGrant
from members.models import Member, MemberSecret
from members.services import printing
from tests.cast import ANONYMOUS, DISABLED, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_branch, make_member, make_membership

pytestmark = pytest.mark.django_db
PHONE, ID_NUMBER, CARD = "13812345678", "11010519491231002X", "6222021234567890123"
MY_FILE, MY_MEMBERS = reverse("members:my_file"), reverse("members:my_members")


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def known(cast):
    """A member of the branch about whom everything is known."""
    member = make_member(
        name="欧阳兰", pinyin="ouyanglan", search_terms=["欧阳", "阳兰"], phone=PHONE, birth_on=date(1949, 12, 31)
    )
    make_membership(member=member, branch=cast.branch)
    secret = MemberSecret(member=member, id_number_last4=ID_NUMBER[-4:], bank_card_last4=CARD[-4:])
    MemberSecret._meta.get_field("id_number").put(secret, ID_NUMBER)
    MemberSecret._meta.get_field("bank_card").put(secret, CARD)
    secret.save()
    return member


def page(client, user, address, **query):
    client.force_login(user)
    return client.get(address, query)


def own(client, cast, member, address=MY_FILE):
    """The page as this member himself sees it."""
    user = cast.users[MEMBER]
    Member.objects.filter(user=user).update(user=None)
    Member.objects.filter(pk=member.pk).update(user=user)
    return page(client, user, address)


def assert_private(response):
    body = response.content.decode()
    for secret in (PHONE, ID_NUMBER, CARD):
        assert secret not in body
        assert secret[-8:] not in body
    assert "no-store" in response["Cache-Control"]


# My file -------------------------------------------------------------------------------------------------------
def test_my_file_asks_a_stranger_to_sign_in(client):
    response = client.get(MY_FILE)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_my_file_shows_ends_of_numbers_only(client, cast, known):
    response = own(client, cast, known)

    assert_private(response)
    body = response.content.decode()
    for shown in ("欧阳兰", "138****5678", "****002X", "****0123", "1949年12月31日"):
        assert shown in body


def test_my_file_lists_every_period_with_its_last_day(client, cast):
    member = make_member()
    make_membership(member=member, branch=cast.other_branch, until_on=date(2020, 9, 1), reason_out="branch_change")
    make_membership(member=member, branch=cast.branch, from_on=date(2020, 9, 1), reason_in="branch_change")

    body = own(client, cast, member).content.decode()

    assert "2020年8月31日" in body
    assert body.index("甲院") < body.rindex("乙院")


def test_my_file_names_the_branch_officer_to_tell(client, cast, known):
    body = own(client, cast, known).content.decode()

    assert cast.users[Role.BRANCH_OFFICER].name in body
    assert cast.users[OTHER_BRANCH_OFFICER].name not in body


def test_my_file_names_the_office_where_no_officer_is_granted(client, cast, known):
    RoleGrant.objects.filter(branch=cast.branch).update(until_on=clock.today())

    assert "请联系校工会办公室核对更正" in own(client, cast, known).content.decode()


def test_my_file_sends_an_officer_to_the_office_not_to_himself(client, cast):
    body = page(client, cast.users[Role.BRANCH_OFFICER], MY_FILE).content.decode()

    assert "请联系校工会办公室核对更正" in body


def test_my_file_tells_who_looked_and_why_but_nothing_of_others(client, cast, known):
    staff, at = cast.users[Role.UNION_STAFF], clock.now()
    other = cast.member_of(OTHER_BRANCH_OFFICER)
    for member, reason in ((known, "核对投保人"), (other, "别人的事由")):
        audit.record(
            actor=staff, action="members.membersecret.id_number_revealed", target=member, subject=member.pk,
            basis=reason, at=at,
        )  # fmt: skip

    body = own(client, cast, known).content.decode()

    for shown in (staff.name, "工会干事", "查看了完整信息（身份证号）", "核对投保人"):
        assert shown in body
    assert "别人的事由" not in body
    assert "id_number_revealed" not in body


def test_my_file_says_that_nobody_looked(client, cast, known):
    assert "还没有人查看或修改过您的信息" in own(client, cast, known).content.decode()


def test_my_file_of_an_account_without_a_member_is_a_page(client, cast):
    response = page(client, cast.users[Role.SYSTEM_ADMIN], MY_FILE)

    assert response.status_code == 200
    assert "没有关联会员档案" in response.content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_my_file_costs_the_same_at_any_length(client, cast, known, rows, django_assert_num_queries):
    for number in range(rows):
        audit.record(
            actor=cast.users[Role.UNION_STAFF], action="members.member.changed", subject=known.pk,
            basis=f"第{number}次", at=clock.now(),
        )  # fmt: skip
    own(client, cast, known)

    with django_assert_num_queries(20):
        client.get(MY_FILE)


# My members ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("actor", [MEMBER, Role.UNION_STAFF, Role.CHAIR, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_workbench_does_not_exist_without_a_branch(client, cast, actor):
    assert page(client, cast.users[actor], MY_MEMBERS).status_code == 404


@pytest.mark.parametrize("actor", [ANONYMOUS, DISABLED])
def test_workbench_asks_strangers_to_sign_in(client, cast, actor):
    if cast.users[actor]:
        client.force_login(cast.users[actor])

    assert client.get(MY_MEMBERS).status_code == 302


def test_workbench_shows_the_own_branch_masked(client, cast, known):
    response = page(client, cast.users[Role.BRANCH_OFFICER], MY_MEMBERS)

    assert_private(response)
    body = response.content.decode()
    assert "欧阳兰" in body
    assert "138****5678" in body
    assert "002X" not in body
    assert cast.users[OTHER_BRANCH_OFFICER].username not in body


def test_workbench_of_the_other_branch_shows_nobody_of_this_one(client, cast, known):
    body = page(client, cast.users[OTHER_BRANCH_OFFICER], MY_MEMBERS).content.decode()

    assert "欧阳兰" not in body


def test_workbench_finds_by_name_and_says_when_nobody_is_found(client, cast, known):
    officer = cast.users[Role.BRANCH_OFFICER]

    assert [m.pk for m in page(client, officer, MY_MEMBERS, q="欧阳").context["page"].rows] == [known.pk]
    assert "没有找到“司马”" in page(client, officer, MY_MEMBERS, q="司马").content.decode()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"born": "12"}, ["欧阳兰"]),
        ({"born": "1"}, []),
        ({"sex": "female", "born": "12", "q": "欧阳"}, ["欧阳兰"]),
        ({"sex": "male", "born": "12"}, []),
        ({"sex": "x"}, []),
    ],
)
def test_workbench_is_narrowed_in_its_address(client, cast, known, given, names):
    Member.objects.filter(pk=known.pk).update(sex="female")

    shown = page(client, cast.users[Role.BRANCH_OFFICER], MY_MEMBERS, **given)

    assert [m.name for m in shown.context["page"].rows] == names
    assert "查看全部会员" in shown.content.decode()


def test_workbench_takes_no_other_filter_and_leads_to_its_export(client, cast, known):
    body = page(client, cast.users[Role.BRANCH_OFFICER], MY_MEMBERS, born="12", rank="full", state="died")

    assert [m.name for m in body.context["page"].rows] == ["欧阳兰"]
    assert "/exports/new/members.own_branch/?born=12" in body.content.decode()
    assert client.get("/exports/new/members.own_branch/?born=12").status_code == 200


def test_workbench_finds_nobody_of_another_branch(client, cast, known):
    response = page(client, cast.users[OTHER_BRANCH_OFFICER], MY_MEMBERS, q="欧阳")

    assert response.context["page"].rows == []


def test_workbench_without_people_says_so(client, cast):
    branch = make_branch()
    RoleGrant.objects.create(
        user=cast.users[MEMBER], role=Role.BRANCH_OFFICER, branch=branch, from_on=date(2020, 1, 1)
    )

    assert "今天没有在会的会员" in page(client, cast.users[MEMBER], MY_MEMBERS).content.decode()


def test_workbench_pages_forward_and_back_over_everybody_once(client, cast):
    for number in range(120):
        make_membership(member=make_member(pinyin=f"p{number % 7}"), branch=cast.other_branch)
    officer = cast.users[OTHER_BRANCH_OFFICER]

    first = page(client, officer, MY_MEMBERS).context["page"]
    second = page(client, officer, MY_MEMBERS, after=first.next).context["page"]
    third = page(client, officer, MY_MEMBERS, after=second.next).context["page"]
    back = page(client, officer, MY_MEMBERS, before=third.previous).context["page"]

    pages = [[member.pk for member in each.rows] for each in (first, second, third)]
    assert len({pk for rows in pages for pk in rows}) == sum(map(len, pages)) == 121
    assert third.next is None
    assert [member.pk for member in back.rows] == pages[1]


@pytest.mark.parametrize("query", [{"q": "张" * 41}, {"after": "nonsense"}, {"before": "x" * 700}])
def test_workbench_survives_nonsense(client, cast, query):
    assert page(client, cast.users[Role.BRANCH_OFFICER], MY_MEMBERS, **query).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_workbench_costs_the_same_at_any_length(client, cast, rows, django_assert_num_queries):
    for _row in range(rows):
        make_membership(member=make_member(), branch=cast.branch)
    page(client, cast.users[Role.BRANCH_OFFICER], MY_MEMBERS)

    with django_assert_num_queries(9):
        client.get(MY_MEMBERS)


# A member's card and the printed roll --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (ANONYMOUS, 302),
        (MEMBER, 404),
        (OTHER_BRANCH_OFFICER, 404),
        (Role.SYSTEM_ADMIN, 404),
        (Role.BRANCH_OFFICER, 200),
        (Role.UNION_STAFF, 200),
    ],
)
def test_card_is_for_the_own_branch_and_the_union(client, cast, known, actor, status):
    if cast.users[actor]:
        client.force_login(cast.users[actor])

    assert client.get(reverse("members:member_detail", args=[known.pk])).status_code == status


def test_card_is_masked_and_keeps_the_year_of_birth(client, cast, known):
    response = page(client, cast.users[Role.BRANCH_OFFICER], reverse("members:member_detail", args=[known.pk]))

    assert_private(response)
    body = response.content.decode()
    assert "12月31日" in body
    assert "1949" not in body
    assert "002X" not in body


@pytest.mark.parametrize(
    ("actor", "status"),
    [(ANONYMOUS, 302), (MEMBER, 404), (OTHER_BRANCH_OFFICER, 404), (Role.AUDITOR, 403), (Role.UNION_STAFF, 200)],
)
def test_roll_is_printed_for_the_own_branch_and_the_union(client, cast, actor, status):
    if cast.users[actor]:
        client.force_login(cast.users[actor])

    response = client.get(reverse("members:roll_pdf", args=[cast.branch.pk]))

    assert response.status_code == status
    assert AuditEntry.objects.filter(action="members.branch.roll_printed").exists() is (status == 200)


def test_printing_a_roll_is_on_record_with_its_head_count(cast):
    officer, at = cast.users[Role.BRANCH_OFFICER], clock.now()

    pdf = printing.print_branch_roll(branch=cast.branch, actor=officer, at=at)

    entry = AuditEntry.objects.get(action="members.branch.roll_printed")
    assert pdf.startswith(b"%PDF")
    assert (entry.actor_id, entry.target_id) == (officer.pk, str(cast.branch.pk))
    assert entry.data == {"people": cast.branch.memberships.count()}
