"""A page sent again while it is still being worked on: 409, and one act (TRUST.md 2.2).

The first submit really is under way: it waits for the table into which it writes, which another connection holds.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from core import intents, locks
from core.enums import Role
from core.models import AuditEntry, Department, ExportJob, User
from members.models import SubjectRequest
from tests.cast import MEMBER, make_cast
from tests.owner import as_owner
from tests.processes import eventually
from tests.trust.scene import fields_of

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Form:
    actor: str
    path: str
    typed: dict[str, str]
    writes: type[Model]


FORMS = {  # each way in which a page does something once
    "portal": Form(MEMBER, "/members/me/data/", {"kind": "correction", "text": "请更正我的入会日期"}, SubjectRequest),
    "admin": Form(Role.SYSTEM_ADMIN, "/admin/core/department/add/", {"name": "教务处"}, Department),
    "export": Form(Role.AUDIT_ADMIN, "/exports/new/core.audit/", {"reason": "年度检查"}, ExportJob),
}


@pytest.fixture(params=FORMS)
def form(request) -> Form:
    return FORMS[request.param]


@pytest.fixture
def user(form) -> User:
    return make_cast().users[form.actor]


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "core.backends.StaffNumberBackend")
    return client


def send(browser: Client, form: Form, shown: dict) -> HttpResponse:
    """The form as it was shown, filled in; the connection of a thread ends with it."""
    try:
        return browser.post(form.path, shown | form.typed, headers={"Referer": f"http://testserver{form.path}"})
    finally:
        connection.close()


def shown_in(browser: Client, form: Form) -> dict:
    fields: dict = {}
    for name, value in fields_of(browser.get(form.path)):
        fields.setdefault(name, []).append(value)
    return fields


@contextmanager
def under_way(browser: Client, form: Form, shown: dict) -> Iterator[Future]:
    """Inside, the submit has begun and waits for its table; afterwards it goes on."""
    with ThreadPoolExecutor(1) as beside:
        with as_owner() as owner, owner.transaction():
            owner.execute(f"LOCK TABLE {form.writes._meta.db_table} IN SHARE MODE")
            first = beside.submit(send, browser, form, shown)
            eventually(lambda: _waits(form), "the first waits for its table")
            yield first
        first.result()


def _waits(form: Form) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted",
            [form.writes._meta.db_table],
        )
        return cursor.fetchone()[0] > 0


def test_the_second_is_told_that_the_first_is_under_way(user, form):
    browser = browser_of(user)
    shown = shown_in(browser, form)
    before = form.writes.objects.count()

    with under_way(browser, form, shown) as first:
        second = send(browser, form, shown)
    again = send(browser, form, shown)

    assert second.status_code == 409
    assert "正在处理" in second.content.decode()
    assert f'href="http://testserver{form.path}"' in second.content.decode()
    assert (first.result().status_code, again.status_code) == (302, 302)
    assert again["Location"] == first.result()["Location"]
    assert form.writes.objects.count() == before + 1
    (entry,) = AuditEntry.objects.filter(action="core.request.access_refused")
    assert (entry.actor, entry.data["code"], entry.data["status"]) == (user, intents.Refusal.IN_FLIGHT, 409)


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/", "javascript:alert(1)"])
def test_the_page_leads_nowhere_else(referer, settings):
    settings.ROOT_URLCONF = "tests.union_site.broken_urls"

    answer = Client().get("/fail/409/", headers={"Referer": referer})

    assert answer.status_code == 409
    assert "返回刚才的页面" not in answer.content.decode()


def test_control_without_the_lock_the_second_waits_for_the_first(monkeypatch):
    """Its answer is the first one's, when that has one: the unique key holds."""
    form = FORMS["admin"]
    browser = browser_of(make_cast().users[form.actor])
    shown = shown_in(browser, form)
    monkeypatch.setattr(locks, "take_until_commit", lambda name: True)

    with ThreadPoolExecutor(1) as beside:
        with under_way(browser, form, shown):
            second = beside.submit(send, browser, form, shown)
        assert second.result().status_code == 302

    assert Department.objects.filter(name="教务处").count() == 1
