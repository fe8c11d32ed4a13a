"""会员名册: the right people of the day, in the order of the register."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from members.documents import branch_roll
from members.enums import EndReason, JoinReason
from tests.members.factories import make_branch, make_member, make_membership

pytestmark = pytest.mark.django_db
THE_DAY = date(2022, 3, 9)


def text_of(branch, on=THE_DAY) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(branch_roll(branch, on))).pages)


def test_roll_shows_who_was_there_on_the_day():
    branch = make_branch()
    until_the_day = {"until_on": date(2022, 3, 10), "reason_out": EndReason.RETIRED}
    make_membership(branch=branch, member=make_member(name="单雄", pinyin="shanxiong"), **until_the_day)
    make_membership(branch=branch, member=make_member(name="艾青", pinyin="aiqing"))
    make_membership(branch=branch, member=make_member(name="后来"), from_on=date(2022, 3, 10))
    make_membership(member=make_member(name="别处"))

    text = text_of(branch)

    assert text.index("艾青") < text.index("单雄")
    assert "后来" not in text
    assert "别处" not in text
    assert "共 2 人" in text
    assert "2022年3月9日" in text
    assert "单雄" not in text_of(branch, date(2022, 3, 10))


def test_roll_gives_the_first_day_in_the_union_not_in_the_branch():
    branch, member = make_branch(), make_member()
    moved = date(2021, 5, 1)
    make_membership(member=member, from_on=date(2015, 9, 1), until_on=moved, reason_out=EndReason.BRANCH_CHANGE)
    make_membership(member=member, branch=branch, from_on=moved, reason_in=JoinReason.BRANCH_CHANGE)

    assert "2015-09-01" in text_of(branch)


def test_roll_counts_the_groups_of_the_branch_in():
    branch = make_branch()
    make_membership(branch=make_branch(parent=branch), member=make_member(name="组员"))

    assert "组员" in text_of(branch)


def test_roll_of_an_empty_branch_says_so():
    assert "没有在册会员" in text_of(make_branch())


def test_roll_costs_one_query(django_assert_num_queries):
    branch = make_branch()
    for _ in range(5):
        make_membership(branch=branch)

    with django_assert_num_queries(1):
        branch_roll(branch, THE_DAY)
