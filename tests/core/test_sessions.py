"""When a session ends, and what ends it (TRUST.md S3-S5)."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import AuditEntry, User
from core.signin import sessions
from core.signin.middleware import SessionLimits

pytestmark = pytest.mark.django_db
LOGIN, PASSWORD, NEW = "/accounts/login/", "Peach-Blossom-2022", "Plum-Blossom-2023"
AT_REST = "/accounts/2fa/"
MINUTE, HOUR = 60, 3600


@pytest.fixture
def member() -> User:
    return User.objects.create_user("1900001", password=PASSWORD, name="甲", email="jia@example.edu.cn")


def browser_of(member: User) -> Client:
    client = Client()
    assert client.post(LOGIN, {"login": member.username, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(AT_REST).wsgi_request.user.is_authenticated


# Idle and absolute: every moment is given, none is waited for ----------------------------------------------------
class Desk:
    """A session that began at second 0 by the database's clock, and asks for a page at the seconds it is told."""

    def __init__(self, member: User) -> None:
        self.member, self.client = member, browser_of(member)
        self.began = self.client.session["started_at"]

    def ask(self, second: float) -> bool:
        """Whether the session is still in force when it asks at ``second``."""
        request = HttpRequest()
        request.method, request.path, request.user = "GET", "/", self.member
        request.session = SessionStore(self.client.session.session_key)
        request._messages = FallbackStorage(request)
        request.at = datetime.fromtimestamp(self.began + second, tz=UTC)
        return SessionLimits(lambda request: HttpResponse("page"))(request).content == b"page"


BEFORE = {"after signing in": [], "after one page": [59], "after pages 59 s apart": [59, 118, 177, 236]}


@pytest.mark.parametrize("pages", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize(("idle", "in_force"), [(29 * MINUTE + 59, True), (30 * MINUTE + 1, False)])
def test_session_ends_half_an_hour_after_its_last_page(member, pages, idle, in_force):
    desk = Desk(member)
    assert all(desk.ask(second) for second in pages)

    assert desk.ask(max(pages, default=0) + idle) is in_force


@pytest.mark.parametrize(("at", "in_force"), [(12 * HOUR - 1, True), (12 * HOUR + 1, False)])
def test_session_ends_after_twelve_hours_however_busy(member, at, in_force):
    desk = Desk(member)
    assert all(desk.ask(second) for second in range(0, 12 * HOUR, 25 * MINUTE))

    assert desk.ask(at) is in_force


def test_session_that_has_ended_stays_ended(member):
    desk = Desk(member)

    assert not desk.ask(31 * MINUTE)

    assert not is_in(desk.client)


def test_control_a_moment_noted_once_a_minute_ends_the_session_early(member, monkeypatch):
    monkeypatch.setattr(sessions, "TOUCH_SECONDS", 60)
    desk = Desk(member)
    assert desk.ask(59)

    assert desk.ask(59 + 29 * MINUTE + 59) is False


def test_moment_is_written_once_a_second_and_read_in_one_statement(member):
    desk = Desk(member)
    assert desk.ask(10)
    seen = UserSession.objects.get().data

    with CaptureQueriesContext(connection) as asked:
        desk.ask(10.9)

    assert len([query for query in asked if "usersessions" in query["sql"]]) == 1
    assert UserSession.objects.get().data == seen
    desk.ask(11.1)
    assert UserSession.objects.get().data["seen_at"] == pytest.approx(seen["seen_at"] + 1.1, abs=0.01)


def test_clock_of_the_application_does_not_count(member):
    """allauth writes its own process's time into these columns; nothing is read from them."""
    desk = Desk(member)
    UserSession.objects.update(last_seen_at=clock.now() - timedelta(days=1), created_at=clock.now())

    assert desk.ask(29 * MINUTE)


def test_moment_ahead_of_the_clock_is_put_right(member):
    """The database's clock was set back: the session must not live for as long as it was ahead."""
    desk = Desk(member)
    UserSession.objects.update(data={"seen_at": desk.began + 10 * HOUR})

    assert desk.ask(60)
    assert not desk.ask(60 + 31 * MINUTE)


# A few sessions, and what ends them all --------------------------------------------------------------------------
@pytest.mark.parametrize(("browsers", "first_is_in"), [(3, True), (4, False), (5, False)])
def test_fourth_session_ends_the_first(member, browsers, first_is_in):
    opened = [browser_of(member) for _ in range(browsers)]

    assert UserSession.objects.filter(user=member).count() == 3
    assert is_in(opened[0]) is first_is_in
    assert all(is_in(browser) for browser in opened[-3:])


def test_sessions_of_others_do_not_count(member):
    other = User.objects.create_user("1900002", password=PASSWORD, name="乙")
    here = browser_of(member)

    for _ in range(3):
        browser_of(other)

    assert is_in(here)


def change_password(browser: Client) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert browser.post(reverse("account_change_password"), form).status_code == 302


def test_password_change_ends_every_other_session(member):
    here, *others = [browser_of(member) for _ in range(3)]
    key = here.session.session_key

    change_password(here)

    assert is_in(here)
    assert here.session.session_key != key
    assert [is_in(browser) for browser in others] == [False, False]
    assert AuditEntry.objects.filter(action="core.user.password_changed").exists()


@pytest.mark.parametrize(("typed", "renewed"), [(PASSWORD, True), ("Wrong-Password-1", False)])
def test_password_typed_again_gives_the_session_a_new_key(member, typed, renewed):
    here = browser_of(member)
    key = here.session.session_key

    here.post(reverse("account_reauthenticate"), {"password": typed})

    assert is_in(here)
    assert (here.session.session_key != key) is renewed
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [here.session.session_key]


def test_second_factor_gives_the_session_a_new_key(member):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(member, secret)
    here = Client()
    here.post(LOGIN, {"login": member.username, "password": PASSWORD})
    half = here.session.session_key

    here.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    signed_in = here.session.session_key
    cache.clear()  # it remembers that the code of this half minute was used
    here.post(reverse("mfa_reauthenticate"), {"code": code_of(secret)})

    assert is_in(here)
    assert len({half, signed_in, here.session.session_key}) == 3


def code_of(secret: str) -> str:
    """The six digits of now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_session_under_its_new_key_is_as_fresh_as_its_last_page(member):
    """A session's first moment under a new key was once its sign-in, hours ago."""
    here = browser_of(member)
    session = here.session
    session["started_at"] -= 2 * HOUR
    session.save()

    change_password(here)

    assert is_in(here)


def test_disabled_account_is_out_at_the_next_request_of_every_session(member):
    browsers = [browser_of(member) for _ in range(3)]

    User.objects.update(is_active=False)

    assert [is_in(browser) for browser in browsers] == [False, False, False]


def test_sign_out_ends_this_session_only(member):
    here, there = browser_of(member), browser_of(member)

    here.post("/accounts/logout/")

    assert not is_in(here)
    assert is_in(there)


# The link that sets a new password -------------------------------------------------------------------------------
def link_in_mail(member: User, mailoutbox) -> str:
    Client().post("/accounts/password/reset/", {"email": member.email})
    found = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[-1].body)
    assert found
    return found.group()


def follow(link: str) -> tuple[Client, HttpResponse]:
    client = Client()
    return client, client.get(link, follow=True)


def is_dead(link: str) -> bool:
    return "链接已失效" in follow(link)[1].content.decode()


def set_password(link: str) -> HttpResponse:
    client, page = follow(link)
    return client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})


def test_link_sets_a_password_once_and_ends_every_session(member, mailoutbox):
    browsers, link = [browser_of(member) for _ in range(3)], link_in_mail(member, mailoutbox)

    set_password(link)

    member.refresh_from_db()
    assert member.check_password(NEW)
    assert [is_in(browser) for browser in browsers] == [False, False, False]
    assert is_dead(link)
    assert AuditEntry.objects.filter(action="core.user.password_changed").count() == 1


@pytest.mark.parametrize(("minutes", "dead"), [(29, False), (31, True)])
def test_link_lives_for_half_an_hour(member, minutes, dead):
    made = default_token_generator._num_seconds(default_token_generator._now()) - minutes * MINUTE
    key = default_token_generator._make_token_with_timestamp(member, made, default_token_generator.secret)

    assert is_dead(f"/accounts/password/reset/key/{user_pk_to_url_str(member)}-{key}/") is dead


def test_password_change_ends_the_link(member, mailoutbox):
    link = link_in_mail(member, mailoutbox)

    change_password(browser_of(member))

    assert is_dead(link)


def test_link_of_a_disabled_account_lets_nobody_in(member, mailoutbox):
    link = link_in_mail(member, mailoutbox)
    User.objects.update(is_active=False)

    set_password(link)
    client = Client()
    client.post(LOGIN, {"login": member.username, "password": NEW})

    assert not is_in(client)
