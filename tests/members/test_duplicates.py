"""Finding two records of one person: keys that both share make a pair, a name alone never does."""

from datetime import date

import pytest

from core import clock
from core.enums import Role
from core.models import PolicyRule
from members.feed_codes import Likeness, MergeRefusal, PairState
from members.models import DuplicatePair
from members.rules.duplicates import score_of
from members.services import duplicates
from tests.cast import make_cast
from tests.members.factories import make_member

WEIGHTS = {"name_birth": 100, "pinyin_birth": 70, "phone": 60, "bank_card": 60, "email": 60, "name": 40}
BORN = date(1985, 2, 3)


@pytest.mark.parametrize(
    ("found", "score"),
    [
        (["name"], 40),
        (["phone"], 60),
        (["phone", "name"], 100),
        (["name_birth", "pinyin_birth", "name"], 100),
        (["pinyin_birth"], 70),
        (["staff_no"], 100),
        (["id_number", "name"], 100),
    ],
)
def test_weights_add_up_and_what_a_stronger_likeness_says_is_not_counted_again(found, score):
    assert score_of(found, weights=WEIGHTS, threshold=100)[0] == score


def test_a_name_alone_never_reaches_the_threshold_whatever_it_weighs():
    assert score_of([Likeness.NAME], weights={"name": 500}, threshold=100)[0] == 99


@pytest.fixture
def rules(db):
    for key, value in ((duplicates.WEIGHTS, WEIGHTS), (duplicates.THRESHOLD, 100)):
        given = {"scope": "nation", "from_on": date(2012, 1, 1), "decided_by": "测试", "mark": "S"}
        PolicyRule.objects.create(key=key, value=value, **given)


def scanned() -> list[tuple]:
    duplicates.scan(actor=None, at=clock.now())
    pairs = DuplicatePair.objects.order_by("first", "second")
    return [(pair.first.staff_no, pair.second.staff_no, pair.reasons, str(pair.state)) for pair in pairs]


def test_scan_finds_pairs_and_leaves_people_of_one_name_alone(rules):
    make_member(staff_no="A1", name="张伟", birth_on=BORN)
    make_member(staff_no="A2", name="张伟", birth_on=date(1990, 1, 1))
    make_member(staff_no="A3", name="张伟", birth_on=BORN)
    make_member(staff_no="0B1", name="李四")
    make_member(staff_no="b1", name="王五")

    assert scanned() == [("A1", "A3", ["name_birth"], "open"), ("0B1", "b1", ["staff_no"], "open")]


def test_telephone_of_an_office_says_nothing(rules):
    for _ in range(duplicates.MOST_SHARING + 1):
        make_member(name="张三", phone="67790000")

    assert scanned() == []


def test_pair_said_to_be_two_people_stays_so_and_one_that_is_no_longer_alike_goes(rules):
    cast = make_cast()
    first = make_member(staff_no="A1", name="张伟", birth_on=BORN)
    make_member(staff_no="A2", name="张伟", birth_on=BORN)
    other = make_member(staff_no="A3", name="赵六", birth_on=BORN)
    make_member(staff_no="A4", name="赵六", birth_on=BORN)
    scanned()
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    pair = duplicates.say_distinct(pair=DuplicatePair.objects.get(first=first), why="同名同日生", **staff)
    other.birth_on = date(1999, 9, 9)
    other.save()

    assert scanned() == [("A1", "A2", ["name_birth"], "distinct")]
    with pytest.raises(duplicates.CannotDecidePair) as refused:
        duplicates.say_distinct(pair=pair, why="再说", **staff)
    assert refused.value.code is MergeRefusal.PAIR_DECIDED
    assert pair.state == PairState.DISTINCT
