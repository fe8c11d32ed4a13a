"""The fund's pages: figures, drill-down, one act each; and its tables on paper."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from core import clock, pagination
from core.enums import Role
from core.models import AuditEntry
from core.spreadsheets.sheets import open_sheets
from finance.admin.entries import source_of
from finance.codes import Refusal
from finance.documents import Paper, rows_of
from finance.enums import Side
from finance.models import Account, BudgetLine, Entry
from finance.selectors import left_over, statement_of
from finance.services import budget, by_hand, ledger, years
from finance.services.ledger import Case
from tests.finance.factories import AT, CASE, Fund, make_fund, totals, yuan
from tests.finance.refusing import refused
from tests.owner import owner_does

PLACE = "/admin/finance"


@pytest.fixture
def now_fund(db) -> Fund:
    """A fund of the year of the database's clock: pages book today."""
    return make_fund(year=clock.today().year)


def signed_in(fund: Fund, role: str) -> Client:
    client = Client()
    client.force_login(fund.cast.users[role], "core.backends.StaffNumberBackend")
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(f"{PLACE}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, path: str, **data) -> str:
    answer = client.post(f"{PLACE}/{path}", {"intent_key": str(uuid4()), **data}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_line_shows_what_is_left_and_every_entry(fund):
    line = fund.line(12345, branch=fund.cast.branch, project="运动会")
    held = fund.reserve(line, 2000)
    fund.spend(line, 345)
    client = signed_in(fund, Role.AUDITOR)

    shown = page(client, f"budgetline/{line.pk}/change/")
    rows = page(client, "budgetline/?q=运动会")

    for words in ("10,000.00", "12,345.00", "2,000.00", "345.00", "19.0%", str(held.entry), "未了结的占用"):
        assert words in shown
    assert "甲院" in rows
    assert "12,345.00" in rows
    assert "调整预算" not in shown
    entries = page(client, f"entry/?line={line.pk}")
    assert "共 3 笔" in entries
    assert "活动用品" in entries


def test_a_condition_that_nobody_asked_for_is_no_chip(fund):
    fund.line(1000)
    client = signed_in(fund, Role.AUDITOR)

    of_itself, asked = page(client, "budgetline/"), page(client, f"budgetline/?year={fund.year.pk}&side=spending")

    assert "selected>年度：2022年" in of_itself
    assert "house-chips" not in of_itself
    assert "<li>年度：2022年" in asked
    assert '<li>收支：支出<a href="?year=' in asked


@pytest.mark.django_db(transaction=True)
def test_a_list_narrowed_by_its_default_is_counted_not_estimated(monkeypatch):
    """Of the whole table the planner's estimate is shown; the running year's lines are not the whole."""
    fund = make_fund()
    for project in "甲乙丙":
        fund.line(10, project=project)
    make_fund(year=2021, cast=fund.cast).line(10)
    owner_does("ANALYZE finance_budgetline")
    monkeypatch.setattr(pagination, "COUNT_CAP", 2)

    shown = page(signed_in(fund, Role.AUDITOR), "budgetline/")

    assert "共 2+ 项" in shown


def test_the_staff_see_lines_but_no_entries(fund):
    line = fund.line(1000)
    fund.spend(line, 345)
    client = signed_in(fund, Role.UNION_STAFF)

    shown = page(client, f"budgetline/{line.pk}/change/")

    assert "655.00" in shown
    assert "活动用品" not in shown
    assert client.get(f"{PLACE}/entry/").status_code == 403


def test_the_accountant_revises_transfers_and_books_income(now_fund):
    line, other = now_fund.line(), now_fund.line(500, name="宣传活动")
    income = now_fund.line(900, name="会费收入", side=Side.INCOME)
    client = signed_in(now_fund, Role.ACCOUNTANT)
    paper = {"reason": "年中调整", "document": "经审3号"}

    assert "已调整预算" in send(client, f"budgetline/{line.pk}/revise/", by="-200.50", **paper)
    assert "已调剂预算" in send(client, f"budgetline/{line.pk}/transfer/", into=other.pk, amount="99.50", **paper)
    said = send(client, f"budgetline/{income.pk}/income/", amount="1234.50", text="会费", document="回单")

    assert "已登记收入 1,234.50 元" in said
    for row in (line, other, income):
        row.refresh_from_db()
    assert (line.budget, other.budget, income.income) == (Decimal("700.00"), Decimal("599.50"), Decimal("1234.50"))


def test_a_refusal_comes_back_on_the_form_and_a_second_click_books_nothing(now_fund):
    line = now_fund.line()
    client = signed_in(now_fund, Role.ACCOUNTANT)
    paper = {"reason": "x", "document": "1号"}

    said = send(client, f"budgetline/{line.pk}/revise/", by="-1000.01", **paper)
    assert "可用 1,000.00 元，不能调减 1,000.01 元" in said
    again = {"intent_key": str(uuid4()), "by": "1.00", **paper}
    for _ in range(2):
        client.post(f"{PLACE}/budgetline/{line.pk}/revise/", again)

    line.refresh_from_db()
    assert line.budget == 1001


def test_an_entry_is_reversed_from_its_page(now_fund):
    line = now_fund.line()
    parts = [ledger.Part(line, yuan(100), "购书")]
    (entry,) = ledger.spend(parts=parts, key=uuid4(), actor=now_fund.accountant, at=clock.now())
    client = signed_in(now_fund, Role.ACCOUNTANT)
    assert "/reverse/" in page(client, f"entry/{entry.pk}/change/")

    said = send(client, f"entry/{entry.pk}/reverse/", reason="登错科目")

    assert "已冲销" in said
    assert Entry.objects.get(reverses=entry).amount == -100
    assert "/reverse/" not in page(client, f"entry/{entry.pk}/change/")


def test_the_accountant_spends_by_hand_and_books_what_comes_back(now_fund):
    line = now_fund.line()
    client = signed_in(now_fund, Role.ACCOUNTANT)
    assert "/spend/" in page(client, f"budgetline/{line.pk}/change/")
    given = {"amount": "100.00", "text": "购书", "document": "凭证12号"}

    send(client, f"budgetline/{line.pk}/spend/", **given | {"document": ""})
    assert "可用 1,000.00 元" in send(client, f"budgetline/{line.pk}/spend/", **given | {"amount": "1000.01"})
    assert totals(line) == (1000, 0, 0)
    assert "已登记支出 100.00 元" in send(client, f"budgetline/{line.pk}/spend/", **given)
    entry = Entry.objects.get(kind="spend")
    assert (entry.document, entry.actor, totals(line)) == ("凭证12号", now_fund.accountant, (1000, 0, 100))

    back = {"amount": "40.00", "text": "退货", "document": "回单7号"}
    send(client, f"entry/{entry.pk}/refund/", **back | {"document": " "})
    assert "不能退回 100.01 元" in send(client, f"entry/{entry.pk}/refund/", **back | {"amount": "100.01"})
    send(client, f"entry/{entry.pk}/refund/", **back)
    assert (Entry.objects.get(kind="refund").document, totals(line)) == ("回单7号", (1000, 0, 60))
    send(client, f"entry/{entry.pk}/refund/", **back | {"amount": "60.00"})
    assert "/refund/" not in page(client, f"entry/{entry.pk}/change/")


@pytest.mark.parametrize("act", ["spend", "refund"])
def test_by_hand_needs_a_document_and_the_right(now_fund, act):
    line = now_fund.line()
    spent = now_fund.spend(line, 100, at=clock.now())
    given = {"amount": yuan(10), "text": "购书", "key": uuid4(), "at": clock.now()}
    given |= {"line": line} if act == "spend" else {"spending": spent}

    assert refused(getattr(by_hand, act), actor=now_fund.accountant, document=" ", **given) is Refusal.NO_DOCUMENT
    with pytest.raises(PermissionDenied):
        getattr(by_hand, act)(actor=now_fund.chair, document="1号", **given)

    assert totals(line) == (1000, 0, 100)


def test_a_new_line_of_an_open_year_needs_its_document(now_fund):
    account = now_fund.line().account
    client = signed_in(now_fund, Role.ACCOUNTANT)
    given = {"year": now_fund.year.pk, "account": account.pk, "project": "读书会", "amount": "300.00"}

    assert "请填写依据文件" in send(client, "budgetline/add/", **given)
    assert not BudgetLine.objects.filter(project="读书会").exists()
    send(client, "budgetline/add/", **given, document="经审4号")

    assert BudgetLine.objects.get(project="读书会").budget == 300


def test_the_chair_opens_what_the_accountant_planned(db):
    fund = make_fund(year=clock.today().year, opened=False)
    fund.line(1000, document="")
    assert "批准启用" not in page(signed_in(fund, Role.ACCOUNTANT), f"fiscalyear/{fund.year.pk}/change/")
    client = signed_in(fund, Role.CHAIR)
    assert "批准启用" in page(client, f"fiscalyear/{fund.year.pk}/change/")

    said = send(client, f"fiscalyear/{fund.year.pk}/open/", document="教代会决议2号")

    assert "预算已启用" in said
    fund.year.refresh_from_db()
    assert (fund.year.state, fund.year.document) == ("open", "教代会决议2号")


def test_the_next_year_proposes_what_this_one_leaves(fund):
    fund.income(fund.line(900, name="会费收入", side=Side.INCOME), 800)
    fund.spend(fund.line(1000), 300)

    assert left_over(2023) == 500 + 800 - 300
    assert left_over(2031) is None
    assert 'value="1000.00"' in page(signed_in(fund, Role.ACCOUNTANT), "fiscalyear/add/")


def two_years() -> Fund:
    """2022 closed, 2023 open: a head with a sub-head, income on both."""
    fund = make_fund()
    top = Account.objects.create(code="501", name="职工活动支出", side=Side.SPENDING)
    Account.objects.create(code="50102", name="文体活动", side=Side.SPENDING, parent=top)
    Account.objects.create(code="401", name="会费收入", side=Side.INCOME)
    fund.income(fund.line(900, name="会费收入", side=Side.INCOME), "812.34")
    fund.spend(fund.line(1000), "300.04")
    years.close_year(year=fund.year, actor=fund.accountant, at=AT.replace(year=2023))
    later = make_fund(year=2023, cast=fund.cast)
    at = AT.replace(year=2023)
    later.income(later.line(1000, name="会费收入", side=Side.INCOME), "250", at=at)
    gala = later.line(700, project="运动会")
    later.spend(gala, 350, at=at)
    later.reserve(gala, 100, at=at)
    return later


def test_parts_sum_to_the_whole_in_every_column(db):
    statement = statement_of(two_years().year)

    for side, total in ((statement.income, statement.income_total), (statement.spending, statement.spending_total)):
        for name in ("budget", "reserved", "actual", "last"):
            heads = sum(getattr(head.sums, name) or 0 for head in side)
            assert heads == getattr(total, name)
        for head in side:
            if head.below:
                assert head.sums.actual == sum(sub.sums.actual for sub in head.below)
    assert (statement.spending_total.actual, statement.spending_total.reserved) == (350, 100)
    assert (statement.income_total.last, statement.spending_total.last) == (Decimal("812.34"), Decimal("300.04"))
    assert statement.last_balance == 500 + Decimal("812.34") - Decimal("300.04")
    assert (statement.balance, statement.actual_balance) == (500 + 1000 - 700, 500 + 250 - 350)


def test_the_budget_table_has_the_rows_of_the_form(db):
    year = two_years().year

    rows = {row.name: row for row in rows_of(statement_of(year), Paper.BUDGET)}

    assert list(rows)[:2] == ["上年结转", "动用以前年度结余"]
    assert list(rows)[-1] == "结转／结余"
    assert rows["文体活动"].figures == (Decimal("300.04"), 700)
    assert (rows["文体活动"].note, rows["文体活动"].kind) == ("运动会", "sub")
    assert rows["本年收入合计"].figures == (Decimal("812.34"), 1000)
    final = {row.name: row for row in rows_of(statement_of(year), Paper.FINAL)}
    assert final["文体活动"].figures == (700, 350)
    assert final["文体活动"].share == 50


@pytest.mark.parametrize("paper", Paper.values)
def test_the_tables_leave_as_pdf_and_sheet_and_the_audit_says_who(paper, db):
    fund = two_years()
    client = signed_in(fund, Role.AUDITOR)
    place = f"{PLACE}/fiscalyear/{fund.year.pk}/{paper}"

    pdf = b"".join(client.get(f"{place}.pdf").streaming_content)
    xlsx = b"".join(client.get(f"{place}.xlsx").streaming_content)

    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(pdf)).pages).replace("\n", "")
    for words in (Paper(paper).label, "编制单位", "单位：元", "会费收入", "1,000.00", "本年支出合计"):
        assert str(words) in text
    with open_sheets(BytesIO(xlsx), filename="x.xlsx") as sheets:
        rows = [row for _number, row in sheets[0].rows]
    assert rows[0][0] == Paper(paper).label
    (gala,) = [row for row in rows if row[0] == "50102"]
    assert 700 in gala
    told = AuditEntry.objects.filter(target_type="finance.fiscalyear").order_by("-position")[:2]
    assert [entry.action.rpartition(".")[2] for entry in told] == ["exported", "printed"]
    assert told[0].data == {"paper": paper, "year": 2023}


def test_heads_go_out_and_come_in_as_a_file(fund):
    client = signed_in(fund, Role.ACCOUNTANT)
    text = "科目编号,科目名称,收支,上级科目,说明,使用中\n501,职工活动支出,支出,,,是\n50102,文体,支出,501,新,是\n"
    file = SimpleUploadedFile("heads.csv", text.encode(), "text/csv")

    said = send(client, "account/import/", file=file)

    assert "新增 2 行" in said
    assert str(Account.objects.get(code="50102")) == "50102 职工活动支出／文体"
    assert client.get(f"{PLACE}/account/export.xlsx").status_code == 200


def test_a_reservation_of_a_case_shows_where_it_comes_from(fund):
    held = fund.reserve(fund.line(1000), 100)

    assert CASE.kind in page(signed_in(fund, Role.CHAIR), f"entry/{held.entry_id}/change/")


def test_the_source_of_an_entry_is_told_in_words(fund):
    line, other = fund.line(1000), fund.line(0, name="宣传活动")
    by = {"actor": fund.accountant, "key": uuid4(), "at": AT}
    paper = {"reason": "调剂", "document": "1号"}
    moved, _into = budget.transfer_budget(out_of=line, into=other, amount=yuan(5), **paper, **by)
    parts = [ledger.Part(line, yuan(1), "x")]
    (of_case,) = ledger.spend(parts=parts, case=Case("finance.fiscalyear", "7"), **by | {"key": uuid4()})

    assert source_of(moved) == "预算调剂"
    assert source_of(of_case) == "预算年度 7"
    assert source_of(fund.spend(line, 1)) == ""


def test_the_years_are_listed_with_their_sums(db, django_assert_max_num_queries):
    later = two_years()
    client = signed_in(later, Role.AUDITOR)

    with django_assert_max_num_queries(20) as asked:
        shown = page(client, "fiscalyear/")
    make_fund(year=2024, cast=later.cast).line(10)
    with django_assert_max_num_queries(len(asked)):
        page(client, "fiscalyear/")

    for words in ("900.00", "1,000.00", "300.04", "700.00", "350.00"):
        assert words in shown


def test_lists_cost_the_same_at_one_and_at_thirty_rows(fund, django_assert_max_num_queries):
    client = signed_in(fund, Role.AUDITOR)
    line = fund.line(1000)
    fund.spend(line, 1)
    costs = []
    for turn in range(2):
        for path in ("budgetline/", "entry/", f"budgetline/{line.pk}/change/"):
            with django_assert_max_num_queries(25) as asked:
                page(client, path)
            costs.append(len(asked))
        for n in range(30):
            fund.spend(fund.line(10, project=f"{turn}-{n}") if n % 2 else line, 1)

    assert all(many <= few for few, many in zip(costs[:3], costs[3:], strict=True)), costs
