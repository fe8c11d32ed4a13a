"""axe on every portal page at both widths. The matrix is the list: a new page is visited, or says why not."""

from collections import defaultdict
from collections.abc import Callable

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured

from core.enums import Role
from tests.cast import ACTORS, ANONYMOUS, MEMBER, PASSWORD, Cast, make_cast
from tests.matrix.resolver import routes
from tests.matrix.table import Row
from tests.matrix.test_matrix import path_of, rows
from tests.members.factories import make_notice
from tests.trust.test_downloads import FILES
from tests.union_site.broken_urls import FAILURES
from tests.union_site.browser import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_PAGE = {
    "health/": "one word for the supervisor",
    "accounts/2fa/recovery-codes/download/": "a file",
    "members/me/card.pdf": "a file, for who has made a code",
    **dict.fromkeys(("members/me/data.json", "members/me/data.pdf"), "a file, after a fresh sign-in"),
    "welfare/handouts/<int:pk>/progress/": "figures for the page's script",
    **dict.fromkeys(FILES, "a file"),
}
# What the matrix cannot show, because its sessions have no second factor and no letter.
SCENES: dict[str, Callable[[Screen, Cast], None]] = {}
# A member sees most; the officer and staff see what only they may.
PREFERRED = (MEMBER, Role.BRANCH_OFFICER, Role.UNION_STAFF, *ACTORS[1:])


def scene(route: str):
    def kept(play):
        SCENES[route] = play
        return play

    return kept


@scene("accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$")
def _letter(window: Screen, cast: Cast) -> None:
    user = cast.users[MEMBER]
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    window.open(f"/accounts/password/reset/key/{key}/")


@scene("accounts/2fa/authenticate/")
def _asked_for_a_code(window: Screen, cast: Cast) -> None:
    _second_factor(cast)
    window.open("/accounts/login/")
    window.page.fill("input[name=login]", cast.users[MEMBER].username)
    window.page.fill("input[name=password]", PASSWORD)
    window.page.click("button[type=submit]")


@scene("members/me/notice/")
def _before_all_else(window: Screen, cast: Cast) -> None:
    make_notice()
    window.sign_in(cast.users[MEMBER].username, PASSWORD)


@scene("accounts/2fa/totp/activate/")
def _binding(window: Screen, cast: Cast) -> None:
    _open_anew(window, cast, "/accounts/2fa/totp/activate/")


@scene("accounts/2fa/reauthenticate/")
def _asked_again(window: Screen, cast: Cast) -> None:
    window.sign_in(cast.users[MEMBER].username, PASSWORD)
    _second_factor(cast)
    window.open("/accounts/2fa/reauthenticate/")


def _bound(address: str) -> Callable[[Screen, Cast], None]:
    def play(window: Screen, cast: Cast) -> None:
        _open_anew(window, cast, "/accounts/2fa/totp/activate/")  # the password counts for a while
        _second_factor(cast)
        window.open(f"/{address}")

    return play


for _route in ("totp/deactivate/", "recovery-codes/", "recovery-codes/generate/"):
    scene(f"accounts/2fa/{_route}")(_bound(f"accounts/2fa/{_route}"))


def _open_anew(window: Screen, cast: Cast, address: str) -> None:
    """Sign in, and say the password again where the page wants it fresh."""
    window.sign_in(cast.users[MEMBER].username, PASSWORD)
    window.open(address)
    window.page.fill("input[name=password]", PASSWORD)
    window.page.click("main button[type=submit]")
    window.page.wait_for_url(f"**{address}")


def _second_factor(cast: Cast) -> None:
    user = cast.users[MEMBER]
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


def is_portal(row: Row) -> bool:
    return not row.route.startswith("admin/") and row.route not in NO_PAGE


def visits() -> dict[str, list[Row]]:
    """Actor -> the rows of the pages that he visits for all: strangers what is open, else the first who may."""
    found = defaultdict(list)
    for row in rows():
        if not is_portal(row) or row.route in SCENES:
            continue
        seers = [actor for actor in PREFERRED if row.get[actor] == 200]
        if row.get[ANONYMOUS] == 200:
            found[ANONYMOUS].append(row)
        elif seers:
            found[seers[0]].append(row)
    return found


def test_every_portal_address_is_visited_or_says_why_not():
    visited = {row.route for seen in visits().values() for row in seen} | set(SCENES)
    only_posted = {row.route for row in rows() if set(row.get.values()) == {405}}

    assert {row.route for row in rows() if is_portal(row)} - visited - only_posted == set()
    assert (set(SCENES) | set(NO_PAGE)) - set(routes()) == set(), "addresses that are gone"


@pytest.mark.parametrize("actor", sorted(visits()))
def test_nobody_is_kept_out_of_a_page(phone, actor):
    cast, faults = make_cast(), {}
    if actor != ANONYMOUS:
        phone.sign_in(cast.users[actor].username, PASSWORD)
    for row in visits()[actor]:
        path = path_of(row, cast)
        answer = phone.page.goto(f"{phone.address}{path}")
        assert answer.status == 200, path
        faults |= {path: found} if (found := phone.faults_at_both_sizes()) else {}

    assert faults == {}


@pytest.mark.parametrize("route", sorted(SCENES))
def test_nobody_is_kept_out_of_a_page_that_needs_a_scene(phone, route):
    SCENES[route](phone, make_cast())
    phone.page.wait_for_load_state()

    assert _is_of(phone.page.url, route)
    assert phone.faults_at_both_sizes() == {}


def _is_of(url: str, route: str) -> bool:
    """Whether the page that is open is the scene's and no question before it; a letter's key stays out of the bar."""
    here = url.split("/", 3)[3].partition("?")[0]
    return here == route or (here.startswith("accounts/password/reset/key/") and "reset/key/" in route)


@pytest.mark.parametrize("who", [ANONYMOUS, MEMBER])
def test_nobody_is_kept_out_of_an_error(phone, settings, who):
    settings.ROOT_URLCONF = "tests.union_site.broken_urls"
    cast, faults = make_cast(), {}
    if who == MEMBER:
        phone.sign_in(cast.users[MEMBER].username, PASSWORD)
    for status in FAILURES:
        answer = phone.page.goto(f"{phone.address}/fail/{status}/")
        phone.complaints = [said for said in phone.complaints if "Failed to load resource" not in said]
        assert answer.status == status
        assert phone.page.is_visible("main h1")
        faults |= {status: found} if (found := phone.faults_at_both_sizes()) else {}

    assert faults == {}


def test_nobody_is_kept_out_of_a_locked_account(phone):
    cast = make_cast()
    for _ in range(configured.AXES_FAILURE_LIMIT):
        phone.open("/accounts/login/")
        phone.page.fill("input[name=login]", cast.users[MEMBER].username)
        phone.page.fill("input[name=password]", "wrong")
        phone.page.click("button[type=submit]")
        phone.page.wait_for_load_state()
    phone.complaints = []  # the console notes the 429 itself

    assert phone.page.text_content("h1") == "尝试次数过多"
    assert phone.faults_at_both_sizes() == {}
