"""D2: script stored in every text comes out as text, on every page, and runs in no browser."""

from html import escape

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils.safestring import SafeString

from core.enums import Role
from members.models import Member
from tests.cast import MEMBER, PASSWORD, make_cast
from tests.matrix.test_matrix import rows
from tests.members.rosters import ZHANG, write_roster
from tests.trust.payloads import SCRIPTS, store_everywhere
from tests.trust.sizes import dice, size
from tests.trust.walk import Page, pages_of

READERS = (MEMBER, Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
LIVE = '<>"'  # what makes markup out of text


def chosen() -> tuple[str, ...]:
    return tuple(dice("scripts").sample(SCRIPTS, size(10, len(SCRIPTS))))


def unescaped(page: Page) -> list[str]:
    """Payloads that stand in the page as they were typed, or as the address of a link. Paper may show them."""
    if ".pdf" in page.path:
        return []
    return [
        payload
        for payload in SCRIPTS
        if (any(c in payload for c in LIVE) and payload in page.body) or f'="{escape(payload)}"' in _addresses(page)
    ]


def _addresses(page: Page) -> str:
    return "".join(
        f'="{escape(address)}"' for address in page.addresses.split("\n") if address.startswith("javascript")
    )


@pytest.fixture(scope="module")
def armed(scene):
    with transaction.atomic():
        store_everywhere(scene.cast, chosen())
    return scene


@pytest.mark.parametrize("actor", READERS)
def test_stored_script_comes_out_as_text(actor, armed):
    starts = [armed.path(row) for row in rows() if row.get[actor] == 200]

    pages = list(pages_of(actor, armed.clients[actor], starts, most=size(15, 2_000)))

    assert [(page.path, found) for page in pages if (found := unescaped(page))] == []
    assert [page.path for page in pages if page.status >= 500] == []
    assert any(escape(payload) in page.body for page in pages for payload in chosen()), "nothing was shown at all"


@pytest.mark.django_db
def test_script_in_a_roster_is_a_name_like_any_other(tmp_path, client):
    cast = make_cast()
    payloads = [payload for payload in SCRIPTS if len(payload) <= 60 and payload[0] not in "=+-@"]
    people = [
        ZHANG
        | {"工号": f"{7_000_000 + n}", "身份证号": "", "姓名": text, "职称": text, "备注": text, "分工会": "甲院"}
        for n, text in enumerate(payloads)
    ]

    call_command("import_members", str(write_roster(tmp_path / "名册.xlsx", *people)), verbosity=0)

    assert Member.objects.filter(staff_no__gte="7000000", staff_no__lt="8").count() > len(payloads) // 2
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    pages = pages_of("staff", client, ["/admin/members/member/?q=70000"], most=size(15, 200))
    assert [(page.path, found) for page in pages if (found := unescaped(page))] == []


def joined_as_it_is(separator: str, row: str, cells) -> SafeString:
    """What a list would be with its guard gone."""
    return SafeString(separator.join(row.format(*cell) for cell in cells))


def test_control_a_cell_that_is_not_escaped_is_seen(armed, monkeypatch):
    monkeypatch.setattr("core.admin.drawing.format_html_join", joined_as_it_is)

    (page,) = pages_of("staff", armed.clients[Role.UNION_STAFF], ["/admin/members/member/?q=X0"], most=0)

    assert unescaped(page)


COUNT_HITS = "window.hit = () => console.error('a payload ran');"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("actor", [MEMBER, Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.SYSTEM_ADMIN])
def test_stored_script_runs_in_no_browser(actor, desk, client):
    cast = make_cast()
    with transaction.atomic():
        store_everywhere(cast, chosen())
    client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
    starts = [path for path in dict.fromkeys(_places(actor)) if client.get(path).status_code == 200]
    paths = [page.path for page in pages_of(actor, client, starts, most=size(4, 200)) if page.status == 200]
    desk.page.add_init_script(COUNT_HITS)
    desk.sign_in(cast.users[actor].username, PASSWORD)

    for path in [path for path in paths if ".pdf" not in path]:
        desk.open(path)

    assert len(paths) >= 5
    assert desk.complaints == []


def _places(actor: str) -> list[str]:
    portal = ["/", "/members/me/", "/members/", "/notices/"]
    tables = ["members/member", "members/branch", "notices/reminderrule", "notices/reminder", "notices/delivery"]
    tables += ["core/policyrule", "core/calendarday", "core/department", "core/user", "core/outboxmessage"]
    return [*portal, "/admin/", *(f"/admin/{table}/" for table in tables)]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_control_the_browser_sees_what_runs(desk, client, monkeypatch):
    cast = make_cast()
    with transaction.atomic():
        store_everywhere(cast, ("<img src=x onerror=hit()>",))
    monkeypatch.setattr("core.admin.drawing.format_html_join", joined_as_it_is)
    desk.page.add_init_script(COUNT_HITS)
    desk.sign_in(cast.users[Role.UNION_STAFF].username, PASSWORD)

    desk.open("/admin/members/member/")
    desk.page.wait_for_load_state("networkidle")

    assert desk.complaints
