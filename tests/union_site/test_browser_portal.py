"""The portal in a real Chromium: at phone size, for keyboards and screen readers, under its CSP."""

from datetime import date

import pytest

from core import audit, clock
from core.enums import Role
from members.models import Member
from notices.models import InboxMessage
from tests.cast import MEMBER, PASSWORD, make_cast
from tests.members.factories import make_member, make_membership
from tests.union_site.browser import PHONE, screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGERS_PAGES = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"]
STRANGERS_PAGES += ["/accounts/password/reset/key/done/", "/accounts/inactive/"]
MEMBERS_PAGES = [
    "/",
    "/members/me/",
    "/notices/",
    "/notices/preferences/",
    "/accounts/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
]
OFFICERS_PAGES = ["/", "/members/", "/members/?q=zhang", "/members/?q=nobody"]
MISSING = "/nowhere/"


@pytest.fixture
def cast(live_server):
    cast = make_cast()
    member = cast.member_of(MEMBER)
    Member.objects.filter(pk=member.pk).update(name="沈雨桐", phone="13812345678", birth_on=date(1985, 5, 20))
    at = clock.now()
    audit.record(
        actor=cast.users[Role.UNION_STAFF],
        action="members.membersecret.id_number_revealed",
        subject=member.pk,
        basis="核对投保人",
        at=at,
    )
    InboxMessage.objects.create(member=member, subject="生日祝福", body="祝您生日快乐。", created_at=at)
    for number in range(60):
        person = make_member(
            name="张三", pinyin="zhangsan", search_terms=["zhang"], birth_on=at.date().replace(day=1)
        )
        Member.objects.filter(pk=person.pk).update(phone=f"1390000{number:04}", department_name="纺织工程系")
        make_membership(member=person, branch=cast.branch)
    return cast


def visit(window, address):
    """Open a page; nobody is kept out, nothing sticks out, the console is silent."""
    window.open(address)
    assert window.barriers() == [], address
    assert not window.is_wider_than_the_window(), address
    assert window.complaints == [], address


def sign_in(window, cast, actor):
    window.sign_in(cast.users[actor].username, PASSWORD)


def test_member_finds_his_file_and_message_with_a_thumb(phone, cast):
    sign_in(phone, cast, MEMBER)
    page = phone.page

    page.click("nav.places >> text=我的")
    assert page.text_content("h1") == "我的档案"
    assert "核对投保人" in page.text_content("main")
    page.click("nav.places >> text=消息")
    page.click("text=生日祝福")

    assert "祝您生日快乐" in page.text_content("main")
    assert phone.complaints == []


def test_officer_searches_and_opens_a_member(phone, cast):
    sign_in(phone, cast, Role.BRANCH_OFFICER)
    page = phone.page

    page.click("nav.places >> text=分会")
    page.fill("input[name=q]", "zhang")
    page.press("input[name=q]", "Enter")
    assert "60 人" in page.text_content("main")
    page.click("text=下一页")
    page.click("main table a >> nth=0")

    assert page.text_content("h1") == "张三"
    assert "139****" in page.text_content("main")
    assert phone.complaints == []


def test_navigation_needs_no_script(chromium, live_server, cast):
    with screen(chromium, live_server.url, PHONE, java_script_enabled=False) as still:
        sign_in(still, cast, MEMBER)
        still.page.click("nav.places >> text=我的")

        assert still.page.text_content("h1") == "我的档案"


def test_first_tab_leads_past_the_navigation(phone, cast):
    sign_in(phone, cast, MEMBER)

    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")

    assert phone.page.evaluate("document.activeElement.id") == "content"


def test_controls_are_large_enough_for_a_thumb(phone, cast):
    """44 px, but for links inside running text."""
    sign_in(phone, cast, Role.BRANCH_OFFICER)
    small = """() => [...document.querySelectorAll('a, button, input:not([type=hidden])')]
        .filter(e => !e.closest('.skip-link, p, .row-line') && e.getBoundingClientRect().height < 44)
        .map(e => e.outerHTML)"""

    for address in ("/", "/members/", "/members/me/", "/accounts/", "/accounts/password/change/"):
        phone.open(address)

        assert phone.page.evaluate(small) == [], address


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_nobody_is_kept_out_before_sign_in(request, cast, size):
    window = request.getfixturevalue(size)

    for address in STRANGERS_PAGES:
        visit(window, address)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_nobody_is_kept_out_of_a_members_pages(request, cast, size):
    window = request.getfixturevalue(size)
    sign_in(window, cast, MEMBER)
    message = InboxMessage.objects.get()

    for address in [*MEMBERS_PAGES, f"/notices/{message.pk}/"]:
        visit(window, address)
    window.open(MISSING)
    assert window.barriers() == []


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_nobody_is_kept_out_of_an_officers_pages(request, cast, size):
    window = request.getfixturevalue(size)
    sign_in(window, cast, Role.BRANCH_OFFICER)
    member = cast.member_of(MEMBER)

    for address in [*OFFICERS_PAGES, f"/members/{member.pk}/"]:
        visit(window, address)


def test_twice_the_size_of_letters_keeps_everything_in_the_window(chromium, live_server, cast):
    """WCAG 1.4.4 and 1.4.10: 200 % of a small desk, and 320 px."""
    for size in ({"width": 640, "height": 400}, {"width": 320, "height": 256}):
        with screen(chromium, live_server.url, size) as narrow:
            sign_in(narrow, cast, Role.BRANCH_OFFICER)
            for address in ("/", "/members/", "/members/me/"):
                visit(narrow, address)


def test_control_inline_style_and_missing_language_are_seen(desk):
    """Without the rules that hold: the console and axe do complain."""
    desk.open("/accounts/login/")
    desk.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    desk.page.evaluate("document.documentElement.removeAttribute('lang')")

    assert any("Content Security Policy" in complaint for complaint in desk.complaints)
    assert any(barrier.startswith("html-has-lang") for barrier in desk.barriers())


def test_paper_has_no_navigation(desk, cast):
    sign_in(desk, cast, MEMBER)
    desk.open("/members/me/")

    desk.page.emulate_media(media="print")

    assert not desk.page.is_visible("nav.places")
    assert desk.page.is_visible("text=沈雨桐 >> nth=0")
