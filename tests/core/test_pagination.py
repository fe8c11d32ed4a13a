"""Pages by cursor: everybody once, whatever is in the address."""

from base64 import urlsafe_b64encode

import pytest
from django.db import connections

from core import pagination
from members.models import Member
from tests.members.factories import make_member

pytestmark = pytest.mark.django_db
ORDER = ("pinyin", "id")


def cursor_of(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.fixture
def people():
    """Eleven people, five of the same name."""
    return [make_member(pinyin=pinyin) for pinyin in ["an", "bo", *["chen"] * 5, "du", "e", "fan", "ge"]]


def walk(turn) -> list[int]:
    seen, cursor = [], ""
    for _page in range(20):
        page = turn(Member.objects.all(), order=ORDER, size=3, cursor=cursor)
        seen.append([row.pk for row in page.rows])
        cursor = page.next if turn is pagination.page_after else page.previous
        if cursor is None:
            return seen
    raise AssertionError("the pages do not end")


def test_forwards_everybody_comes_once_in_order(people):
    pages = walk(pagination.page_after)

    assert [pk for page in pages for pk in page] == [person.pk for person in people]


def test_backwards_everybody_comes_and_the_first_page_is_filled_up(people):
    pages = walk(pagination.page_before)

    assert [len(page) for page in pages] == [3, 3, 3, 3]
    assert pages[-1] == [person.pk for person in people[:3]]
    assert {pk for page in pages for pk in page} == {person.pk for person in people}


def test_first_page_has_no_previous_and_last_no_next(people):
    first = pagination.page_after(Member.objects.all(), order=ORDER, size=3)
    last = pagination.page_before(Member.objects.all(), order=ORDER, size=3)

    assert first.previous is None
    assert first.next
    assert last.next is None
    assert last.previous


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "é",
        cursor_of("[]"),
        cursor_of("[1]"),
        cursor_of('["an", "b"]'),
        cursor_of('["an", true]'),
        cursor_of('["an", -1]'),
        cursor_of('["an", 1e400]'),
        cursor_of('["\\u0000", 1]'),
        cursor_of('[{"a": 1}, 1]'),
        cursor_of('["an", 99999999999999999999]'),
        cursor_of("[" * 5000),
        "A" * 5000,
    ],
)
def test_a_cursor_that_is_none_shows_the_first_page(people, cursor):
    page = pagination.page_after(Member.objects.all(), order=ORDER, size=3, cursor=cursor)

    assert [row.pk for row in page.rows] == [person.pk for person in people[:3]]
    assert page.previous is None


def test_count_is_exact_to_the_cap_and_says_so_beyond(people, monkeypatch):
    everybody = Member.objects.all()

    exact = pagination.count_of(everybody, whole=False)
    monkeypatch.setattr(pagination, "COUNT_CAP", 10)
    capped = pagination.count_of(everybody, whole=False)

    assert (str(exact), exact.capped) == ("11", False)
    assert (str(capped), capped.capped) == ("10+", True)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_big_whole_table_is_estimated_and_says_so(people, monkeypatch):
    monkeypatch.setattr(pagination, "COUNT_CAP", 10)
    with connections["owner"].cursor() as owner:
        owner.execute("ANALYZE members_member")

    whole = pagination.count_of(Member.objects.all(), whole=True)
    narrowed = pagination.count_of(Member.objects.all(), whole=False)

    assert str(whole) == "约 11"
    assert str(narrowed) == "10+"
