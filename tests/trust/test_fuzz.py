"""D1: broken input to every form and filter: refused or ignored, never an error of ours, never a traceback."""

import random
import re

import pytest
from django.http import HttpResponse

from core.enums import Role
from core.models import PolicyRule
from tests.matrix.table import Row
from tests.matrix.test_matrix import rows
from tests.trust import hostile
from tests.trust.forms import form_of, writing_rows
from tests.trust.scene import Pairs, Scene, text_of, who
from tests.trust.sizes import dice, size

TIMES = size(20, 1_000)
READ = [row for row in rows() if who(row, "GET", 200)]
WRITTEN = list(writing_rows())


def name_of(row: Row) -> str:
    return f"{row.route}{row.label}" or "/"


def trouble(response: HttpResponse) -> str:
    """What must not happen, in words; empty where all is well."""
    error = getattr(response, "exc_info", None)
    if response.status_code >= 500 or error:
        return f"{response.status_code} {error[1]!r}" if error else str(response.status_code)
    if response.get("Content-Type", "").startswith("text/") and "Traceback (most recent call" in text_of(response):
        return "traceback in the body"
    return ""


def short(pairs: Pairs) -> str:
    return repr([(name, value[:60]) for name, value in pairs])


@pytest.mark.parametrize("row", READ, ids=name_of)
def test_hostile_filters_are_no_error(row, scene):
    chance = dice(f"filters {name_of(row)}")
    actor, path = who(row, "GET", 200), scene.path(row)
    wrong = []

    for _ in range(TIMES):
        pairs = hostile.query(chance)
        if found := trouble(scene.ask(actor, path, pairs)):
            wrong.append(f"{found} {short(pairs)}")

    assert wrong == []


@pytest.mark.parametrize("row", WRITTEN, ids=name_of)
def test_hostile_forms_are_no_error(row, scene):
    chance = dice(f"forms {name_of(row)}")
    wrong = []
    with scene.undone(who(row, "POST", 200, 302)):  # what the form is about is made once
        form = form_of(row, scene)
        for n in range(TIMES):
            pairs = fresh(hostile.broken(form.pairs, chance), row, n)
            if found := trouble(scene.ask(form.actor, form.path, pairs, post=True)):
                wrong.append(f"{found} {short(pairs)}")

    assert wrong == []


def fresh(pairs: Pairs, row: Row, n: int) -> Pairs:
    """Guessing locks an account; another one each time, so that the form is reached and not the lock."""
    if row.route != "accounts/login/":
        return pairs
    return [(name, f"{n}C" if name == "login" and value and value[:1] == "C" else value) for name, value in pairs]


PART = b'--x\r\nContent-Disposition: form-data; name="name'
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", "multipart/form-data; boundary="),
    (PART + b'"\r\n\r\nunfinished', "multipart/form-data; boundary=x"),
    (PART + b'"; filename="a\x00.png"\r\n\r\n1\r\n--x--', "multipart/form-data; boundary=x"),
    (b'{"name": [1, {"a": null}]}', "application/json"),
    (b"name=" + b"%" * 999, "application/x-www-form-urlencoded; charset=utf-16"),
    (b"&".join(b"a%d=1" % n for n in range(1_500)), "application/x-www-form-urlencoded"),
    (b"\xff" * 999, "text/plain; charset=nothing"),
)


@pytest.mark.parametrize("row", WRITTEN, ids=name_of)
def test_bodies_that_are_no_form_are_no_error(row, scene):
    actor, path = who(row, "POST", 200, 302), scene.path(row)
    wrong = []

    for body, kind in BODIES:
        with scene.undone(actor) as client:
            if found := trouble(client.generic("POST", path, body, kind)):
                wrong.append(f"{found} {body[:40]!r} {kind}")

    assert wrong == []


IDS = ("0", "-1", "9" * 40, "%00", "%ff", "١٢٣", "1_31", "..%2f..", "None", "2022-02-30", "_5F", "a" * 2_000, "1/2")


@pytest.mark.parametrize("row", [row for row in rows() if "<" in row.route and not row.label], ids=name_of)
def test_hostile_ids_are_nothing(row, scene):
    actor = who(row, "GET", 200) or who(row, "POST", 302)
    wrong = []

    for value in IDS:
        path = re.sub(r"<[^<>]*>|\(\?P<\w+>[^()]*\)", value, f"/{row.route}").strip("^$")
        answer = scene.ask(actor, path.replace("^", "").replace("$", ""))
        if (found := trouble(answer)) or (answer.status_code == 200 and not row.route.startswith("accounts/")):
            wrong.append(f"{found or 200} {path[:80]}")

    assert wrong == []


@pytest.mark.parametrize(
    "header", ["HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_HOST"]
)
def test_hostile_headers_are_no_error(header, scene):
    chance = random.Random(header)
    wrong = []

    for value in [v for v in hostile.VALUES if isinstance(v, str) and v.isascii() and v.isprintable()]:
        given = f"session={value}; csrf={value}; device={value}; messages={value}" if "COOKIE" in header else value
        found = trouble(scene.ask(chance.choice(("anonymous", "member")), "/", **{header: given}))
        if found:
            wrong.append(f"{found} {value[:60]}")

    assert wrong == []


def test_control_an_error_is_seen(scene: Scene, monkeypatch):
    from members.views import people

    monkeypatch.setattr(people.pagination, "count_of", lambda *args, **kwargs: int("²"))
    row = next(row for row in READ if row.route == "members/")

    assert "ValueError" in trouble(scene.ask(who(row, "GET", 200), scene.path(row)))


FOUND = (
    # Each of these was a 500 once: what Python reads as JSON and jsonb does not, and a range turned round.
    *(("value", typed) for typed in ("NaN", "1e309", "Infinity", "9" * 5_000, "[" * 5_000, '"\\ud800"', '"\\u0000"')),
    *(("until_on", day) for day in ("0001-01-01", "2021-12-31", "2022-01-01")),
)


@pytest.mark.parametrize(("field", "typed"), FOUND, ids=lambda text: text[:12])
@pytest.mark.parametrize("page", ["add", "<path:object_id>/change"])
def test_policy_that_the_database_would_not_take_is_refused_by_the_form(page, field, typed, scene):
    row = next(row for row in rows() if row.route == f"admin/core/policyrule/{page}/" and not row.label)
    with scene.undone(who(row, "POST", 200)):
        form = form_of(row, scene)
        pairs = [(name, typed if name == field else value) for name, value in form.pairs]
        count = PolicyRule.objects.count()

        answer = scene.ask(form.actor, form.path, pairs, post=True)

        assert trouble(answer) == ""
        assert field in answer.context["adminform"].form.errors
        assert PolicyRule.objects.count() == count


@pytest.mark.parametrize("path", ["/admin/notices/reminder/", "/admin/notices/delivery/"])
@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "no-such-rule"])
def test_rule_that_is_not_offered_narrows_nothing(path, typed, scene):
    """NUL in this filter was a 500 once."""
    whole = scene.ask(Role.UNION_STAFF, path)

    answer = scene.ask(Role.UNION_STAFF, path, [("rule", typed)])

    assert answer.status_code == whole.status_code == 200
    assert answer.context["cl"].result_count == whole.context["cl"].result_count
