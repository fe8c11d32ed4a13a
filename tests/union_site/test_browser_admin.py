"""The browser admin in a real Chromium: every page that a role may open answers, in Chinese, the console silent."""

import re

import pytest
from django.db import transaction

from core.enums import ADMIN_ROLES
from tests.cast import PASSWORD, make_cast
from tests.matrix.test_matrix import path_of, rows
from tests.trust.test_downloads import FILES
from tests.union_site.browser import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# No page: answers for scripts, redirects and files.
NO_PAGE = frozenset({"admin/jsi18n/", "admin/logout/", *FILES})
# Codes, addresses, file names and placeholders are no English: they hold a digit, a dot, a brace and the like.
CODE = re.compile(r"[\w.+-]*[\d.@_/{}=:+-][\w.@/{}=:+-]*", re.ASCII)
ENGLISH = re.compile(r"[A-Za-z]{4,}")
# A school's own rule in the cast; a reminder rule's code; what everybody, or a robot's maker, calls so.
OWN_CODES = {"matrix", "birthday", "Excel", "Word", "Webhook"}


def english_in(text: str) -> list[str]:
    """The words of four letters or more that no code explains."""
    return ENGLISH.findall(CODE.sub(" ", text))


def pages_of(role: str, cast) -> dict[str, None]:
    """The addresses of the admin that this role may open, each once, in the matrix's order."""
    open_to = [row for row in rows() if row.route.startswith("admin/") and row.get[role] == 200]
    with transaction.atomic():  # some rows make what they show
        return dict.fromkeys(path_of(row, cast) for row in open_to if row.route not in NO_PAGE)


def words_on(window: Screen) -> list[str]:
    """English on the page that is open; an icon is a word to its font only."""
    window.page.evaluate("document.querySelectorAll('.material-symbols-outlined').forEach(icon => icon.remove())")
    return [word for word in english_in(window.page.inner_text("body")) if word not in OWN_CODES]


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES))
def test_a_role_opens_its_pages_in_chinese_and_quiet(desk, role):
    cast, faults = make_cast(), {}
    pages = pages_of(role, cast)
    desk.sign_in(cast.users[role].username, PASSWORD)
    desk.open("/admin/")
    menu = desk.page.eval_on_selector_all(".house-nav a", "links => links.map(link => link.pathname)")

    for path in pages:
        answer = desk.page.goto(f"{desk.address}{path}")
        found = ([] if answer.status == 200 else [answer.status]) + desk.complaints + words_on(desk)
        found += ["wider than the window"] if desk.is_wider_than_the_window() else []
        desk.complaints = []
        faults |= {path: found} if found else {}

    assert faults == {}
    assert set(menu) - set(pages) == set(), "a link of the menu that nobody tried"


def test_control_a_strange_word_and_a_forbidden_script_are_seen(desk):
    desk.open("/accounts/login/")
    desk.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p onclick=\"x()\">Save changes</p>')")
    desk.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'x = 1'}))"
    )

    assert english_in(desk.page.inner_text("body")) == ["Save", "changes"]
    assert any("Content Security Policy" in complaint for complaint in desk.complaints)


@pytest.mark.parametrize(
    "text", ["1900055@example.edu.cn", "core.user.signed_in", "花名册.xlsx", "{name} 姓名", "TOTP1", "a-b-c-data"]
)
def test_codes_are_no_english(text):
    assert english_in(text) == []
