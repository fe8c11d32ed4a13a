"""Takes every picture of docs/screens again, from a running `./run`: sign in as each role, look at each page.

`var/venv/bin/python docs/screens/make.py [address]` with the environment of `./run test` (Chromium and playwright).
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
HOME = Path(os.environ.get("UNION_HOME", HERE.parent.parent / "var"))
SIZES = {390: 844, 1440: 900}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
# account (None: signed out) -> name of the picture -> address
PAGES: dict[str | None, dict[str, str]] = {
    None: {"sign-in": "/accounts/login/"},
    "1900106": {
        "home": "/",
        "my-file": "/members/me/",
        "card": "/members/me/card/",
        "dues": "/members/me/dues/",
        "looks": "/members/me/looks/",
        "news": "/notices/news/",
        "birthday": "/notices/preferences/birthday/",
        "inbox": "/notices/",
        "pairings": "/members/me/pairings/",
        "expense-new": "/finance/me/expenses/new/",
        "expenses": "/finance/me/expenses/",
        "expense": "/finance/me/expenses/1/",
        "benefits": "/welfare/me/",
        "packages": "/welfare/handouts/choices/",
    },
    "2600001": {"join": "/members/join/"},
    "1900078": {
        "branch-home": "/",
        "my-members": "/members/",
        "applications": "/members/applications/",
        "branch-fund": "/finance/branch/",
        "expense-review": "/finance/expenses/4/",
        "branch-benefits": "/welfare/branch/",
    },
    "1900083": {
        "dashboard": "/admin/",
        "members": "/admin/members/member/",
        "member-page": "/admin/members/member/1/change/",
        "import": "/admin/members/importrun/1/change/",
        "hr-feed": "/admin/members/feedrun/1/change/",
        "merge": "/admin/members/duplicatepair/2/merge/",
        "dues-list": "/admin/members/dueslist/1/change/",
        "retirement": "/admin/members/membershipact/retirement/",
        "chart": "/admin/members/body/chart/",
        "benefit-runs": "/admin/welfare/benefit/",
        "benefit-run": "/admin/welfare/benefit/6/change/",
        "benefit-dry-run": "/admin/welfare/benefit/8/dry-run/",
        "delivery-list": "/admin/welfare/benefit/1/delivery/",
        "purchases": "/admin/welfare/purchase/",
        "purchase-share": "/admin/welfare/purchase/share/?year=2022",
        "hand-out": "/welfare/handouts/6/",
        "hand-out-scan": "/welfare/handouts/6/scan/",
        "announcements": "/admin/notices/announcement/",
        "reminder-rules": "/admin/notices/reminderrule/",
        "deliveries": "/admin/notices/delivery/",
    },
    "1900055": {
        "fund-year": "/admin/finance/fiscalyear/2/change/",
        "fund-lines": "/admin/finance/budgetline/",
        "fund-line": "/admin/finance/budgetline/25/change/",
        "fund-entries": "/admin/finance/entry/",
        "fund-years": "/admin/finance/fiscalyear/compare/",
        "fund-journal": "/admin/finance/fiscalyear/1/journal/?month=all",
        "allotment": "/admin/finance/allotment/1/change/",
    },
    "1900043": {
        "expense-sign": "/admin/finance/expense/3/change/",
        "expense-sign-all": "/admin/finance/expense/sign/",
    },
    "1900039": {"payments": "/admin/finance/paymentbatch/", "payment-batch": "/admin/finance/paymentbatch/1/change/"},
    "security": {"grants": "/admin/core/rolegrant/"},
    "auditlog": {"audit": "/admin/core/auditentry/"},
}


def password() -> str:
    """The demo's password, as `./run` printed it."""
    first = (HOME / "demo-accounts.txt").read_text(encoding="utf-8").splitlines()[0]
    return first.rsplit(" ", 1)[1]


def take(browser: Browser, base: str, account: str | None, pages: dict[str, str], width: int) -> None:
    context = browser.new_context(
        base_url=base, viewport={"width": width, "height": SIZES[width]}, locale="zh-CN", device_scale_factor=1
    )
    page = context.new_page()
    if account:
        page.goto("/accounts/login/")
        page.fill("[name=login]", account)
        page.fill("[name=password]", password())
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
    for name, address in pages.items():
        answer = page.goto(address, wait_until="networkidle")
        if answer is None or answer.status != 200:
            sys.exit(f"{address} as {account}: {answer and answer.status}")
        page.screenshot(path=HERE / f"{name}-{width}.png")
        print(f"{name}-{width}.png")
    context.close()


def main(base: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for width in SIZES:
            for account, pages in PAGES.items():
                take(browser, base, account, pages, width)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
