"""D3: no key and no value of a filter changes what is asked of the database."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.matrix.test_matrix import rows
from tests.trust.payloads import KEYS, SCRIPTS, SQL
from tests.trust.scene import Pairs, text_of, who
from tests.trust.sizes import dice, size

LISTS = [
    row
    for row in rows()
    if not row.label
    and who(row, "GET", 200)
    and (re.fullmatch(r"admin/\w+/\w+/", row.route) or row.route in ("members/", "notices/"))
]
_LITERAL = re.compile(r"E?'(?:[^']|'')*'|\b\d+\b")
_ROW = re.compile(r"<tr>|<li>")


def shape_of(scene, row, pairs: Pairs) -> tuple[int, int, list[str]]:
    """Status, rows on the page, and the statements without their literals."""
    actor = who(row, "GET", 200)
    connection.queries_log.clear()  # it holds 9,000 at most
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = scene.ask(actor, scene.path(row), pairs)
    statements = [_LITERAL.sub("?", query["sql"]) for query in asked if "SAVEPOINT" not in query["sql"]]
    return answer.status_code, len(_ROW.findall(text_of(answer))), statements


NAMES = ("q", "state", "branch", "after", "scope", "rule")


def sample(payloads: tuple[str, ...], share: int = 0, of: int = 1) -> list[str]:
    """One of ``of`` shares of the payloads in a random order, together all of them; a PR takes 20 or a few more."""
    shuffled = dice("queries").sample(payloads, len(payloads))
    return shuffled[share::of][: size(-(-20 // of), len(payloads))]


@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.route)
def test_hostile_keys_narrow_nothing(row, scene):
    status, shown, statements = shape_of(scene, row, [])
    wrong = []

    for number, key in enumerate(sample(KEYS)):
        value = ("1", "' OR 1=1--")[number % 2]
        found = shape_of(scene, row, [(key, value)])
        if found[0] not in (302, 400) and found != (status, shown, statements):
            wrong.append((key, value, found[:2]))

    assert wrong == []


@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.route)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_values_ask_the_same(row, name, scene):
    """As an ordinary unfit value asks: the same statements. A search splits its words, so it is held by its rows."""
    status, shown, statements = shape_of(scene, row, [(name, "qqqqzz")])
    wrong = []

    for value in sample(SQL, NAMES.index(name), len(NAMES)):
        found = shape_of(scene, row, [(name, value)])
        same = found[2] == statements or (name == "q" and len(found[2]) <= len(statements))
        if found[0] != status or found[1] > shown or not same:
            wrong.append((value, found[:2], len(found[2]), len(statements)))

    assert wrong == []


def test_control_a_filter_by_any_key_is_seen(scene, monkeypatch):
    from members.admin.people import MemberAdmin
    from members.models import Member

    row = next(row for row in LISTS if row.route == "admin/members/member/")
    before = shape_of(scene, row, [])
    monkeypatch.setattr(
        MemberAdmin, "get_queryset", lambda self, request: Member.objects.filter(**request.GET.dict())
    )

    assert shape_of(scene, row, [("user__username__gt", "C005")]) != before


def test_payloads_are_as_many_as_promised_and_all_different():
    given = {"scripts": SCRIPTS, "values": SQL, "keys": KEYS}

    assert {name: len(set(payloads)) - len(payloads) for name, payloads in given.items()} == dict.fromkeys(given, 0)
    assert len(SCRIPTS) >= 120
    assert len(SQL) >= 200
    assert len(KEYS) >= 100
