"""Years beside each other: every figure in its year, the sums those of the statements, a bar to scale, a sheet."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client

from core.enums import Role
from core.models import AuditEntry
from core.spreadsheets.sheets import open_sheets
from finance.admin.comparison import bars_of
from finance.enums import Side
from finance.models import Account
from finance.selectors import statement_of
from finance.selectors_years import comparison_of, years_to
from tests.cast import make_cast
from tests.finance.factories import AT, Fund, make_fund

PLACE = "/admin/finance/fiscalyear"


@pytest.fixture
def three(db) -> Fund:
    """2021 to 2023: a head with a sub-head, one that only the last year has, and one that nobody uses."""
    fund = make_fund(year=2021)
    top = Account.objects.create(code="501", name="职工活动支出", side=Side.SPENDING)
    Account.objects.create(code="50102", name="文体活动", side=Side.SPENDING, parent=top)
    Account.objects.create(code="507", name="资本性支出", side=Side.SPENDING)
    Account.objects.create(code="401", name="会费收入", side=Side.INCOME)
    funds = [fund, *(make_fund(year=year, cast=fund.cast) for year in (2022, 2023))]
    for one, spent in zip(funds, ("100", "250.50", "200"), strict=True):
        at = AT.replace(year=one.year.year)
        one.income(one.line(900, name="会费收入", side=Side.INCOME), 800, at=at)
        one.spend(one.line(1000), spent, at=at)
    last = funds[-1]
    last.spend(last.line(60, name="新科目"), 30, at=AT.replace(year=2023))
    return last


def client_of(fund: Fund, role: str) -> Client:
    client = Client()
    client.force_login(fund.cast.users[role], "core.backends.StaffNumberBackend")
    return client


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"{PLACE}/compare/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_figure_stands_in_its_year_and_a_head_below_its_own(three):
    compared = comparison_of(years_to(three.year, 3))

    rows = {row.name: row for row in compared.spending}
    assert [year.year for year in compared.years] == [2021, 2022, 2023]
    assert [cell.actual for cell in rows["文体活动"].cells] == [100, Decimal("250.50"), 200]
    assert [cell.actual for cell in rows["职工活动支出"].cells] == [100, Decimal("250.50"), 200]
    assert [cell.budget for cell in rows["新科目"].cells] == [0, 0, 60]
    assert [str(cell.share) for cell in rows["文体活动"].cells] == ["10.0", "25.0", "20.0"]
    assert "资本性支出" not in rows
    names = [row.name for row in compared.spending]
    assert names.index("文体活动") == names.index("职工活动支出") + 1
    assert rows["文体活动"].kind == "sub"


def test_the_sums_are_those_of_each_years_statement(three):
    compared = comparison_of(years_to(three.year, 3))

    for place, year in enumerate(compared.years):
        statement = statement_of(year)
        assert compared.income[-1].cells[place] == statement.income_total
        assert compared.spending[-1].cells[place] == statement.spending_total
        tops = [row.cells[place].actual for row in compared.spending if not row.kind]
        assert sum(tops) == statement.spending_total.actual


def test_bars_are_drawn_in_one_scale_and_heads_without_any_are_left_out(three):
    bars = dict(bars_of(comparison_of(years_to(three.year, 3)).spending))

    assert [bar.width for bar in bars["职工活动支出"]] == ["39.92", "100.00", "79.84"]
    assert [bar.width for bar in bars["新科目"]] == ["0.00", "0.00", "11.98"]
    assert "其他支出" not in bars


def test_the_page_shows_the_years_asked_for_and_else_the_newest_two(three):
    client = client_of(three, Role.AUDITOR)

    newest, all_three, wrong = page(client), page(client, "?year=2023&number=3"), page(client, "?year=1&number=9")

    assert "2021年预算" not in newest
    assert "2022年预算" in newest
    assert "2021年预算" in all_three
    assert "2021年预算" not in wrong
    assert "style=" not in all_three.partition('id="content-main"')[2].partition("</svg>")[0]
    assert 'width="100.00"' in all_three
    assert "2021年预算" in page(client, "?year=2021&number=3")  # the only one


@pytest.mark.django_db
def test_without_a_year_the_page_says_so_and_there_is_no_sheet():
    client = Client()
    client.force_login(make_cast().users[Role.AUDITOR], "core.backends.StaffNumberBackend")

    assert "还没有预算年度" in page(client)
    assert client.get(f"{PLACE}/compare.xlsx").status_code == 404


def test_the_sheet_has_the_figures_as_numbers_and_the_audit_says_who(three):
    answer = client_of(three, Role.AUDITOR).get(f"{PLACE}/compare.xlsx?year=2023&number=2")

    with open_sheets(BytesIO(b"".join(answer.streaming_content)), filename="x.xlsx") as sheets:
        rows = [row for _number, row in sheets[0].rows]
    assert rows[0][0] == "工会经费年度对比"
    (sport,) = [row for row in rows if row[0] == "50102"]
    assert [float(figure) for figure in sport[2:]] == [1000, 250.5, 25.0, 1000, 200, 20.0]
    told = AuditEntry.objects.get(action="finance.fiscalyear.exported")
    assert told.data == {"paper": "comparison", "years": [2022, 2023]}


def test_the_page_costs_the_same_with_many_heads(three, django_assert_max_num_queries):
    client = client_of(three, Role.CHAIR)
    page(client)
    with django_assert_max_num_queries(25) as asked:
        page(client)
    for n in range(20):
        three.line(10, name=f"科目{n}", project="x")

    with django_assert_max_num_queries(len(asked)):
        page(client)
