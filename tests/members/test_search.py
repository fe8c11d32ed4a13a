"""Member.objects.search: what a clerk types, and the index that answers it."""

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from core import pagination
from core.pinyin import search_terms, sort_key
from members.models import Member
from tests.members.factories import make_member

PEOPLE = {
    "T1001": "张伟",
    "T1002": "张伟民",
    "T1003": "欧阳兰梓",
    "T2001": "单雄",
    "T2002": "吕布",
    "X0001": "买买提·艾力",
}


def named(staff_no: str, name: str) -> Member:
    return make_member(staff_no=staff_no, name=name, pinyin=sort_key(name), search_terms=search_terms(name))


@pytest.fixture
def people(db):
    for staff_no, name in PEOPLE.items():
        named(staff_no, name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张伟", {"T1001", "T1002"}),
        ("张　伟", {"T1001", "T1002"}),
        (" 张 伟 ", {"T1001", "T1002"}),
        ("张伟民", {"T1002"}),
        ("伟民", {"T1002"}),
        ("张", {"T1001", "T1002"}),
        ("民", {"T1002"}),
        ("兰梓", {"T1003"}),
        ("欧阳兰", {"T1003"}),
        ("zhangwei", {"T1001", "T1002"}),
        ("Zhang Wei", {"T1001", "T1002"}),
        ("ＺＨＡＮＧ", {"T1001", "T1002"}),
        ("zwm", {"T1002"}),
        ("oylz", {"T1003"}),
        ("shanxiong", {"T2001"}),
        ("danxiong", {"T2001"}),
        ("lvbu", {"T2002"}),
        ("lubu", {"T2002"}),
        ("买买提艾力", {"X0001"}),
        ("提·艾", {"X0001"}),
        ("T1", {"T1001", "T1002", "T1003"}),
        ("t200", {"T2001", "T2002"}),
        ("T1001", {"T1001"}),
        ("张 T1002", {"T1002"}),
        ("李四", set()),
        ("%", set()),
        ("张%", {"T1001", "T1002"}),
        ("0", set()),
        ("_", set()),
        ("'; DROP TABLE", set()),
        ("", set(PEOPLE)),
        ("   ", set(PEOPLE)),
    ],
)
def test_search_finds(people, text, found):
    assert set(Member.objects.search(text).values_list("staff_no", flat=True)) == found


def test_search_stays_inside_the_scope_it_is_called_on(people):
    only = Member.objects.filter(staff_no="T1002")

    assert only.search("张").count() == 1
    assert only.search("欧阳").count() == 0


def plan_of(text: str) -> str:
    page = Member.objects.search(text).order_by("pinyin", "id")[:51]
    return page.explain()


def fill(count: int) -> None:
    """Names of three characters, so that one two-character name stays rare."""
    names = [f"赵{chr(0x4E00 + number % 2500)}{chr(0x5A00 + number % 700)}" for number in range(count)]
    Member.objects.bulk_create(
        Member(
            staff_no=f"F{number:06}", name=name, pinyin=f"zhao{number:06}", search_terms=[*name, name[:2], name[1:]]
        )
        for number, name in enumerate(names)
    )
    named("T9999", "乜杉")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_characters_go_through_the_gin_index_and_without_it_the_plan_shows():
    fill(20_000)
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE members_member")

    with_index = plan_of("乜杉")
    with connections["owner"].cursor() as owner:  # the control
        owner.execute("DROP INDEX member_search_terms")
    without_index = plan_of("乜杉")

    assert "Bitmap Index Scan on member_search_terms" in with_index
    assert "member_search_terms" not in without_index


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_deep_page_enters_the_pinyin_index_at_the_cursor():
    fill(20_000)
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE members_member")

    middle = Member.objects.order_by("pinyin", "id")[18_000]
    everybody, order = Member.objects.all(), ("pinyin", "id")
    cursor = pagination.page_after(everybody.filter(pinyin__lte=middle.pinyin), order=order, size=18_000).next

    with CaptureQueriesContext(connection) as queries:
        pagination.page_after(everybody, order=order, size=50, cursor=cursor)
    with connection.cursor() as explain:
        explain.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in explain.fetchall())

    assert "Index Scan using member_by_pinyin" in plan
    assert "Index Cond: ((pinyin)::text >= " in plan
    assert "Sort" not in plan
