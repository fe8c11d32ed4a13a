"""分工会经费 in the portal: the officer's own lines with their entries, and no other branch's."""

from uuid import uuid4

import pytest
from django.test import Client

from core.enums import Role
from core.tiles import tiles_for
from finance.enums import Side
from finance.selectors_branches import PAGE_SIZE, fund_of, lines_of, story_of
from finance.services import allotments
from finance.services.allotments import plan_of
from tests.cast import OTHER_BRANCH_OFFICER
from tests.finance.factories import AT, Fund, make_fund, yuan

PLACE = "/finance/branch/"
PROJECT = {"project": "分工会活动经费"}


def signed_in(fund: Fund, actor: str = Role.BRANCH_OFFICER) -> Client:
    client = Client()
    client.force_login(fund.cast.users[actor], "core.backends.StaffNumberBackend")
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_officer_sees_his_branchs_lines_and_their_sum_and_nobody_elses(fund):
    mine = fund.line(1000, branch=fund.cast.branch, **PROJECT)
    books = fund.line(500, name="宣传活动", branch=fund.cast.branch)
    theirs = fund.line(777, branch=fund.cast.other_branch, project="别院的活动")
    unions = fund.line(888, project="校工会的活动")
    fund.reserve(mine, 300)
    fund.spend(mine, 150)
    client = signed_in(fund)

    shown = page(client, PLACE)

    for words in ("1,500.00", "1,050.00", "300.00", "150.00", "10.0%", "分工会活动经费", "宣传活动"):
        assert words in shown
    assert "别院的活动" not in shown
    assert "校工会的活动" not in shown
    assert [line.pk for line in fund_of([fund.cast.branch.pk]).lines] == [mine.pk, books.pk]
    for line, status in ((mine, 200), (theirs, 404), (unions, 404)):
        assert client.get(f"{PLACE}{line.pk}/").status_code == status
    assert signed_in(fund, OTHER_BRANCH_OFFICER).get(f"{PLACE}{mine.pk}/").status_code == 404


def test_a_line_is_opened_down_to_its_entries(fund):
    source = fund.line(1_000_000)
    tried = {"on": AT.date(), "per_head": yuan("50.50")}
    about = {"text": "春季活动", "document": "工会3号", "seen": plan_of(**tried).fingerprint, **PROJECT}
    made = allotments.allot(out_of=source, **tried, **about, key=uuid4(), actor=fund.accountant, at=AT)
    share = made.shares.get(branch=fund.cast.branch)
    fund.spend(share.line, "20.20")
    fund.reserve(share.line, "30.30")

    shown = page(signed_in(fund), f"{PLACE}{share.line_id}/")

    heads = share.heads
    for words in (f"在册 {heads} 人，每人 50.50 元", "未了结的占用", "30.30", "20.20", "工会3号", "春季活动"):
        assert words in shown


def test_income_of_a_branch_stands_beside_and_is_in_no_sum(fund):
    fund.line(1000, branch=fund.cast.branch)
    income = fund.line(400, name="其他收入", side=Side.INCOME, branch=fund.cast.branch)
    fund.income(income, "123.40")
    client = signed_in(fund)

    assert fund_of([fund.cast.branch.pk]).total.budget == 1000
    assert "已收入 123.40 元" in page(client, PLACE)
    assert "已收入" in page(client, f"{PLACE}{income.pk}/")


def test_a_budget_that_is_being_planned_is_not_shown(db):
    fund = make_fund(opened=False)
    line = fund.line(1000, branch=fund.cast.branch, document="")

    assert "还没有经费预算" in page(signed_in(fund), PLACE)
    assert signed_in(fund).get(f"{PLACE}{line.pk}/").status_code == 404


def test_other_years_are_asked_for_and_a_year_that_is_none_shows_the_newest(fund):
    fund.line(1000, branch=fund.cast.branch)
    later = make_fund(year=2023, cast=fund.cast)
    later.line(2000, branch=fund.cast.branch)
    client = signed_in(fund)

    assert "2,000.00" in page(client, PLACE)
    assert "1,000.00" in page(client, f"{PLACE}?year=2022")
    for wrong in ("2019", "x", "²022", "99999999999999999999"):
        assert "2,000.00" in page(client, f"{PLACE}?year={wrong}")


def test_many_entries_are_paged(fund):
    line = fund.line(1000, branch=fund.cast.branch)
    for _ in range(PAGE_SIZE):
        fund.spend(line, 1)

    first = story_of(line)
    rest = story_of(line, after=first.page.next)

    assert (len(first.page.rows), len(rest.page.rows)) == (PAGE_SIZE, 1)
    assert "更早" in page(signed_in(fund), f"{PLACE}{line.pk}/")
    assert "最新明细" in page(signed_in(fund), f"{PLACE}{line.pk}/?after={first.page.next}")


def test_pages_cost_the_same_at_one_line_and_at_thirty(fund, django_assert_max_num_queries):
    line = fund.line(1000, branch=fund.cast.branch)
    fund.spend(line, 1)
    client = signed_in(fund)
    costs = []
    for turn in range(2):
        for path in (PLACE, f"{PLACE}{line.pk}/"):
            with django_assert_max_num_queries(25) as asked:
                page(client, path)
            costs.append(len(asked))
        for n in range(30):
            fund.spend(fund.line(10, branch=fund.cast.branch, project=f"{turn}-{n}") if n % 2 else line, 1)

    assert all(many <= few for few, many in zip(costs[:2], costs[2:], strict=True)), costs


@pytest.mark.parametrize(("actor", "there"), [(Role.BRANCH_OFFICER, True), (Role.ACCOUNTANT, False)])
def test_the_entry_on_the_first_page_is_the_officers(fund, actor, there):
    tiles = [tile.view for entries in tiles_for(fund.cast.users[actor]).values() for tile, _waiting in entries]

    assert ("finance:branch_fund" in tiles) is there


def test_lines_of_no_branch_are_none(fund):
    fund.line(1000)

    assert list(lines_of([])) == []
    assert fund_of([]).year is None
