"""A real Chromium for tests and screenshots: two sizes, what its console complains about, and axe on any page."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

# Playwright's own event loop makes Django think that it is called from one; live_server works in a thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
# WCAG 2.2 AA (DESIGN.md, "Look and feel"), and what axe holds to be good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Screen:
    """One browser window on one address; ``complaints`` are errors of the console, CSP violations among them.

    ``looked_at``: pages that a long story has shown to axe already, by their address without numbers and questions.
    """

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def sign_in(self, username: str, password: str) -> None:
        self.open("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def barriers(self) -> list[str]:
        """What axe finds on this page: rule and place, empty when nobody is kept out."""
        # The test reaches past the page's CSP by the debugger, not by weakening the policy.
        source = (settings.ASSETS / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(f"{source}; undefined")
        found = self.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
        return [f"{wrong['id']}: {node['html']}" for wrong in found["violations"] for node in wrong["nodes"]]

    def faults(self) -> list[str]:
        """What is wrong with the page that is open: who is kept out, what sticks out, what the console says."""
        found = self.barriers() + self.complaints
        self.complaints = []
        return found + (["wider than the window"] if self.is_wider_than_the_window() else [])

    def faults_at_both_sizes(self) -> dict[int, list[str]]:
        """Width -> faults of the page that is open, as on a phone and as on a desk; empty when there are none."""
        found = {}
        for size in (PHONE, DESK):
            self.page.set_viewport_size(size)
            found[size["width"]] = self.faults()
        return {width: faults for width, faults in found.items() if faults}

    def is_wider_than_the_window(self) -> bool:
        """True when the page must be scrolled sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@contextmanager
def started() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def screen(browser: Browser, address: str, size: dict, **options) -> Iterator[Screen]:
    """A window of its own, without anybody's cookies."""
    context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    try:
        yield Screen(context.new_page(), address)
    finally:
        context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def phone(chromium, live_server) -> Iterator[Screen]:
    with screen(chromium, live_server.url, PHONE) as window:
        yield window


@pytest.fixture
def desk(chromium, live_server) -> Iterator[Screen]:
    with screen(chromium, live_server.url, DESK) as window:
        yield window
