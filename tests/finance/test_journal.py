"""资金收支日记账: the ledger by the day, with the balance after each movement."""

from datetime import date, datetime
from io import BytesIO
from itertools import pairwise
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from core.enums import Role
from core.models import AuditEntry
from core.spreadsheets.sheets import open_sheets
from finance.enums import Side
from finance.journal import journal_of, last_month
from finance.services import ledger
from tests.finance.factories import AT, ZONE, Fund, yuan

APRIL, JUNE = (datetime(2022, month, 2, 9, 0, tzinfo=ZONE) for month in (4, 6))
NEXT_JANUARY = datetime(2023, 1, 5, 9, 0, tzinfo=ZONE)


def moved(fund: Fund) -> None:
    """April: 1,000 came in. May: 300 were paid out of a commitment of 400, 120 of them came back; 50 were paid."""
    fund.income(fund.line(5000, "拨缴经费收入", Side.INCOME), 1000, at=APRIL)
    line = fund.line(2000)
    paid = fund.spend(line, 300, commitment=fund.reserve(line, 400))
    by = {"actor": fund.accountant, "key": uuid4()}
    ledger.refund(spending=paid, amount=yuan(120), text="多付退回", at=AT, **by)
    fund.spend(line, 50)


def test_every_movement_stands_in_its_order_with_the_balance_after_it(fund):
    """By hand: 500 carried over, +1000 = 1500, -300 = 1200, +120 = 1320, -50 = 1270. What is held back is no move."""
    moved(fund)

    journal = journal_of(fund.year, None)

    assert journal.opening == yuan(500)
    assert [(row.came, row.went, row.balance) for row in journal.rows] == [
        (yuan(1000), None, yuan(1500)),
        (None, yuan(300), yuan(1200)),
        (yuan(120), None, yuan(1320)),
        (None, yuan(50), yuan(1270)),
    ]
    assert (journal.came, journal.went, journal.closing) == (yuan(1120), yuan(350), yuan(1270))


def test_a_month_begins_with_what_the_months_before_left(fund):
    moved(fund)

    april, may, june = (journal_of(fund.year, month) for month in (4, 5, 6))

    assert (april.opening, len(april.rows), april.closing) == (yuan(500), 1, yuan(1500))
    assert (may.opening, len(may.rows), may.closing) == (yuan(1500), 3, yuan(1270))
    assert (june.opening, june.rows, june.closing) == (yuan(1270), [], yuan(1270))


def test_a_reversal_is_negative_on_its_side_and_after_the_year_stands_in_december(fund):
    wrong = fund.spend(fund.line(2000), 50, at=JUNE)
    ledger.reverse(entry=wrong, reason="登错", key=uuid4(), actor=fund.accountant, at=NEXT_JANUARY)

    december, year = journal_of(fund.year, 12), journal_of(fund.year, None)

    assert [(row.came, row.went, row.balance) for row in december.rows] == [(None, yuan(-50), yuan(500))]
    assert year.closing == yuan(500)


def test_the_months_add_up_to_the_year(fund):
    moved(fund)

    months = [journal_of(fund.year, month) for month in range(1, 13)]
    year = journal_of(fund.year, None)

    assert [row.entry for month in months for row in month.rows] == [row.entry for row in year.rows]
    assert all(later.opening == before.closing for before, later in pairwise(months))
    assert months[-1].closing == year.closing


def test_the_month_to_begin_with(fund):
    assert last_month(fund.year, date(2022, 5, 20)) == 5
    assert last_month(fund.year, date(2023, 2, 1)) == 12


@pytest.fixture
def address(fund) -> str:
    moved(fund)
    return f"/admin/finance/fiscalyear/{fund.year.pk}/journal"


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ACCOUNTANT, Role.AUDITOR])
def test_the_page_shows_a_month_and_its_balance(fund, address, role):
    client = Client()
    client.force_login(fund.cast.users[role], "core.backends.StaffNumberBackend")

    shown = client.get(f"{address}/?month=5").content.decode()
    quiet = client.get(f"{address}/?month=2").content.decode()

    for words in ("2022年5月资金收支日记账", "1,500.00", "多付退回", "1,320.00", "1,270.00"):
        assert words in shown
    assert ("/admin/finance/entry/" in shown) == (role != Role.CASHIER)
    assert "本期没有资金收支" in quiet


def test_the_cashier_finds_it_beside_the_payment_batches(fund, address):
    client = Client()
    client.force_login(fund.cast.users[Role.CASHIER], "core.backends.StaffNumberBackend")

    assert f'href="{address}/"' in client.get("/admin/finance/paymentbatch/").content.decode()


def test_it_is_taken_as_a_sheet_and_on_paper_and_that_is_on_record(fund, address):
    client = Client()
    client.force_login(fund.cast.users[Role.CASHIER], "core.backends.StaffNumberBackend")

    sheet = client.get(f"{address}.xlsx?month=5")
    paper = client.get(f"{address}.pdf?month=all")

    with open_sheets(BytesIO(sheet.getvalue()), filename="日记账.xlsx") as sheets:
        rows = [list(values) for _number, values in sheets[0].rows]
    assert rows[0][0] == "2022年5月资金收支日记账"
    assert rows[-1][2:] == ["本期合计", "", 120, 350, 1270]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.getvalue())).pages)
    assert "2022年资金收支日记账" in text
    assert "1,270.00" in text
    taken = AuditEntry.objects.filter(action__startswith="finance.fiscalyear.", data__paper="journal").order_by("pk")
    assert [(entry.action.rsplit(".", 1)[1], entry.data["month"]) for entry in taken] == [
        *(("exported", 5), ("printed", None))
    ]
