"""Phones of several people at once, and what a thumb does on them: for stories that many hands take part in."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser

from core.models import User
from tests.cast import PASSWORD
from tests.union_site.browser import PHONE, Screen, screen

# Of unfold's frame, on every page of the admin; the portal's pages have none of it.
FRAME = ("landmark-one-main", "landmark-unique", "region", "page-has-heading-one")
Phones = Callable[[User], Screen]


@contextmanager
def phones(browser: Browser, address: str) -> Iterator[Phones]:
    """A window per person, signed in when it is first asked for."""
    with ExitStack() as stack:
        known: dict[int, Screen] = {}

        def phone_of(user: User) -> Screen:
            if user.pk not in known:
                known[user.pk] = stack.enter_context(screen(browser, address, PHONE))
                known[user.pk].sign_in(user.username, PASSWORD)
            return known[user.pk]

        yield phone_of


def fits(phone: Screen) -> None:
    """Nothing sticks out of the open page, the console is silent; when it is new, nobody is kept out of it."""
    holds(phone)
    address = re.sub(r"\d+", "n", phone.page.url.removeprefix(phone.address).partition("?")[0])
    if address not in phone.looked_at:
        phone.looked_at.add(address)
        frame = FRAME if address.startswith("/admin/") else ()
        barriers = [barrier for barrier in phone.barriers() if not barrier.startswith(frame or "-")]
        assert barriers == [], (phone.page.url, barriers)


def holds(phone: Screen) -> None:
    assert not phone.is_wider_than_the_window(), phone.page.url
    assert phone.complaints == [], phone.page.url


def opens(phone: Screen, path: str) -> None:
    phone.open(path)
    fits(phone)


def follows(phone: Screen, words: str) -> None:
    """Touch the first link that says so."""
    with phone.page.expect_navigation():
        phone.page.get_by_role("link", name=words).first.click()
    fits(phone)


def writes(phone: Screen, /, **values: str | bool) -> None:
    """Fill the form on the page: text, choice, tick or one of several by its value."""
    for name, value in values.items():
        field = phone.page.locator(f"form [name={name}]")
        kind = field.first.evaluate("field => field.tagName === 'SELECT' ? 'select' : field.type")
        if kind == "select":
            field.first.select_option(str(value))
        elif kind in ("checkbox", "radio"):
            chosen = field if value is True else phone.page.locator(f"form [name={name}][value='{value}']")
            chosen.first.check()
        else:
            field.first.fill(str(value))


def presses(phone: Screen, words: str, /, **values: str | bool) -> None:
    """Fill in what is given, then touch the button that says so."""
    writes(phone, **values)
    with phone.page.expect_navigation():
        phone.page.get_by_role("button", name=words, exact=True).first.click()
    holds(phone)


def reads(phone: Screen, *words: str) -> None:
    """The page says all of this."""
    text = phone.page.locator("body").inner_text()
    assert [one for one in words if one not in text] == [], (phone.page.url, text)


def never_reads(phone: Screen, *words: str) -> None:
    text = phone.page.locator("body").inner_text()
    assert [one for one in words if one in text] == [], (phone.page.url, text)


def fetches(phone: Screen, path: str) -> bytes:
    """A file, with this person's cookies; empty where there is none for him."""
    answer = phone.page.request.get(f"{phone.address}{path}")
    return answer.body() if answer.status == 200 else b""
