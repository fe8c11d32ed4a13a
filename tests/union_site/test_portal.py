"""The portal's frame, first page, account page and error pages."""

import re
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db import connections
from django.test import RequestFactory
from django.urls import reverse
from django.views import defaults

from core import clock
from core.enums import Role
from core.models import RoleGrant, User
from notices.models import InboxMessage
from tests.cast import MEMBER, make_cast
from tests.members.factories import make_branch, make_member, make_membership
from union_site.home import home_of

pytestmark = pytest.mark.django_db
HOME = reverse("home")


def at(year, month, day, hour=4):
    """Noon in Shanghai by default."""
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def cast():
    return make_cast()


def places(client, user):
    client.force_login(user)
    return [place.label for place in client.get(HOME).context["portal"].places]


def fresh(user):
    return User.objects.get(pk=user.pk)


# Frame ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (MEMBER, ["首页", "消息", "我的"]),
        (Role.HANDLER, ["首页", "消息", "我的"]),
        (Role.BRANCH_OFFICER, ["首页", "消息", "我的", "分会"]),
        (Role.UNION_STAFF, ["首页", "消息", "我的", "管理"]),
        (Role.SYSTEM_ADMIN, ["首页", "消息", "我的", "管理"]),
    ],
)
def test_navigation_offers_what_the_role_may_open(client, cast, actor, expected):
    assert places(client, cast.users[actor]) == expected


def test_navigation_marks_one_place_as_the_current_one(client, cast):
    client.force_login(cast.users[Role.BRANCH_OFFICER])

    for address in (HOME, reverse("notices:inbox"), reverse("members:my_file"), reverse("members:my_members")):
        shown = client.get(address).context["portal"].places

        assert [place.url for place in shown if place.is_current] == [address]


def test_pages_have_title_language_landmarks_and_a_skip_link(client, cast):
    client.force_login(cast.users[MEMBER])

    body = client.get(HOME).content.decode()

    for part in (
        '<html lang="zh-Hans">',
        "<title>首页 · ",
        'href="#content"',
        '<main id="content"',
        "<header",
        "<footer",
    ):
        assert part in body


@pytest.mark.parametrize("name", ["home", "account", "members:my_file", "notices:inbox", "account_login"])
def test_pages_carry_no_inline_script_or_style(client, cast, name):
    """The CSP would refuse them (H1)."""
    if name != "account_login":
        client.force_login(cast.users[MEMBER])

    response = client.get(reverse(name))

    body = response.content.decode()
    assert response.status_code == 200
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    for inline in ("<style", " style=", "<script>", " onclick=", "javascript:"):
        assert inline not in body


def test_sign_in_page_names_school_and_union_and_shows_no_navigation(client, settings):
    body = client.get(reverse("account_login")).content.decode()

    assert settings.UNION_NAME in body
    assert "忘记密码" in body
    assert 'class="places"' not in body


# Home ----------------------------------------------------------------------------------------------------------
def test_home_counts_my_unread_messages_only(client, cast):
    mine, other = cast.member_of(MEMBER), cast.member_of(Role.CHAIR)
    for member, read_at in ((mine, None), (mine, None), (mine, clock.now()), (other, None)):
        InboxMessage.objects.create(
            member=member, subject="通知", body="正文", created_at=clock.now(), read_at=read_at
        )
    client.force_login(cast.users[MEMBER])

    body = client.get(HOME).content.decode()

    assert "2 条未读" in body


def test_home_of_an_account_without_a_member_is_a_page(client, cast):
    client.force_login(cast.users[Role.SYSTEM_ADMIN])

    response = client.get(HOME)

    assert response.status_code == 200
    assert "管理后台" in response.content.decode()


@pytest.mark.parametrize(
    ("on", "festivals"),
    [
        (at(2022, 9, 3), []),  # 中秋节 is on the 10th: the eighth day
        (at(2022, 9, 4), ["中秋节"]),
        (at(2022, 9, 10), ["中秋节"]),
        (at(2022, 9, 11), []),
        (at(2021, 12, 26), ["元旦"]),
        (at(2021, 12, 25, hour=16), ["元旦"]),  # already the 26th in Shanghai
    ],
)
def test_home_tells_festivals_of_seven_days(cast, on, festivals):
    home = home_of(cast.users[MEMBER], at=on)

    assert [festival.name for festival in home.festivals] == festivals
    assert home.next_festival.on >= home.today


@pytest.mark.parametrize(
    ("born", "on", "kept"),
    [
        (date(1980, 5, 20), at(2022, 5, 20), date(2022, 5, 20)),
        (date(1980, 5, 26), at(2022, 5, 20), date(2022, 5, 26)),
        (date(1980, 5, 27), at(2022, 5, 20), None),
        (date(1980, 5, 19), at(2022, 5, 20), None),
        (date(1980, 1, 2), at(2021, 12, 28), date(2022, 1, 2)),
        (date(1980, 2, 29), at(2022, 2, 25), date(2022, 2, 28)),
        (date(1980, 2, 29), at(2024, 2, 25), date(2024, 2, 29)),
        (None, at(2022, 5, 20), None),
    ],
)
def test_home_greets_on_birthdays_and_tells_the_officer(cast, born, on, kept):
    member = cast.member_of(MEMBER)
    member.birth_on = born
    member.save()

    mine = home_of(fresh(cast.users[MEMBER]), at=on)
    officers = home_of(fresh(cast.users[Role.BRANCH_OFFICER]), at=on)

    assert (mine.birthday.on if mine.birthday else None) == kept
    assert [(b.member.pk, b.on) for b in officers.birthdays] == ([(member.pk, kept)] if kept else [])


def test_home_tells_no_birthdays_of_another_branch(cast):
    make_membership(member=make_member(birth_on=date(1980, 5, 21)), branch=cast.other_branch)

    assert home_of(cast.users[Role.BRANCH_OFFICER], at=at(2022, 5, 20)).birthdays == []


@pytest.mark.parametrize("people", [1, 30])
def test_home_costs_the_same_at_any_number_of_birthdays(client, cast, people, django_assert_num_queries):
    for _person in range(people):
        make_membership(member=make_member(birth_on=clock.today().replace(year=1984)), branch=cast.branch)
    client.force_login(cast.users[Role.BRANCH_OFFICER])
    client.get(HOME)

    with django_assert_num_queries(16):
        client.get(HOME)


# Account, health, errors ---------------------------------------------------------------------------------------
def test_account_page_lists_offices_with_their_scope(client, cast):
    user = cast.users[MEMBER]
    branch = make_branch(short_name="纺织学院")
    RoleGrant.objects.create(user=user, role=Role.BRANCH_OFFICER, branch=branch, from_on=date(2020, 1, 1))
    client.force_login(user)

    body = client.get(reverse("account")).content.decode()

    assert "分工会负责人" in body
    assert "纺织学院" in body


def test_account_page_without_offices_says_so(client, cast):
    client.force_login(cast.users[MEMBER])

    assert "没有管理角色" in client.get(reverse("account")).content.decode()


def test_health_answers_without_a_session(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get(reverse("health"))

    assert (response.status_code, response.content) == (200, b"ok")
    assert not response.cookies


@pytest.mark.django_db(transaction=True)
def test_health_says_503_without_a_database(client):
    connection = connections["default"]
    right = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        response = client.get(reverse("health"))
    finally:
        connection.close()
        connection.settings_dict["PORT"] = right

    assert response.status_code == 503


def test_unknown_address_is_a_page_in_chinese(client):
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "页面不存在" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "words"), [(defaults.server_error, "系统出错了"), (defaults.bad_request, "请求无法处理")]
)
def test_worst_errors_need_neither_session_nor_database(view, words, django_assert_num_queries):
    request = RequestFactory().get("/")

    with django_assert_num_queries(0):
        response = view(request) if view is defaults.server_error else view(request, ValueError())

    assert words in response.content.decode()


def test_assets_are_served_from_this_house():
    assert ("bootstrap", settings.ASSETS / "bootstrap" / "dist") in settings.STATICFILES_DIRS


def test_notice_settings_show_ticked_what_is_sent(client, cast):
    """Nothing is switched off: every box is ticked, or saving would switch everything off."""
    client.force_login(cast.users[MEMBER])

    body = client.get(reverse("notices:preferences")).content.decode()

    ticked = re.findall(r'<input type="checkbox"[^>]* checked>', body)
    assert body.count('type="checkbox"') == len(ticked) > 0


def test_reset_mail_speaks_chinese_and_its_link_sets_a_password_once(client, cast, mailoutbox):
    user = cast.users[MEMBER]
    User.objects.filter(pk=user.pk).update(email="c001@example.edu.cn")

    client.post(reverse("account_reset_password"), {"email": "c001@example.edu.cn"})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True)
    done = client.post(form.request["PATH_INFO"], {"password1": "Willow-Crane-88", "password2": "Willow-Crane-88"})

    assert "重置登录密码" in mailoutbox[0].subject
    assert "30 分钟" in mailoutbox[0].body
    assert "设置新密码" in form.content.decode()
    assert done.status_code == 302
    assert fresh(user).check_password("Willow-Crane-88")
    assert "链接已失效" in client.get(link, follow=True).content.decode()
