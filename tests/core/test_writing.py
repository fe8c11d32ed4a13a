"""U7: what people typed comes out as text, numbers as numbers and dates as dates, in every exported list."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from core.spreadsheets import limits, writing
from core.spreadsheets.sheets import Formula, open_sheets
from core.spreadsheets.writing import Column, TooManyRows, open_writer

COLUMNS = [Column("name", "姓名"), Column("amount", "金额", 8)]
DANGEROUS = [
    "=1+1",
    "=HYPERLINK(\"http://127.0.0.1/?x=\"&A1,\"点这里\")",
    "=cmd|'/c calc'!A0",
    "=WEBSERVICE(\"http://127.0.0.1/\")",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    " =1+1",
    "{=1+1}",
    "http://127.0.0.1/",
    "mailto:x@example.edu.cn",
    "internal:Sheet1!A1",
]  # fmt: skip
ODD = [
    "<b>&\"'</b>",
    "_x000D_",
    "换\n行",
    "\x01\x1f",
    "\ud800",
    "\ufffe",
    "龚红燕",
    "𠮷",
    "0123",
    "1e5",
    "TRUE",
    " 空 ",
]


def written(rows, *, format: str = "xlsx", columns=COLUMNS, **above) -> bytes:
    file = io.BytesIO()
    with open_writer(file, columns, format=format, **above) as write:
        for row in rows:
            write(row)
    return file.getvalue()


def read_back(content: bytes) -> list[list]:
    with open_sheets(io.BytesIO(content), filename="名单.xlsx") as sheets:
        return [list(cells) for _, cells in sheets[0].rows]


def xml_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_is_a_string_cell(text):
    content = written([[text, 1]])

    assert "<f>" not in xml_of(content)
    assert "<hyperlink" not in xml_of(content)
    assert re.search(r'<c r="A2"[^>]* t="inlineStr">', xml_of(content))
    (value, number) = read_back(content)[1]
    assert not isinstance(value, Formula)
    assert str(value).strip() == text.strip()
    assert number == 1


def test_control_the_usual_way_makes_a_formula_of_it():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write(0, 0, "=1+1")

    assert "<f>" in xml_of(content.getvalue())


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_in_csv_starts_with_an_apostrophe(text):
    (cell, number) = list(
        csv.reader(io.StringIO(written([[text, -1]], format="csv").decode("utf-8-sig"), newline=""))
    )[1]

    assert cell == text or cell == f"'{text}"
    assert not cell.lstrip(" ").startswith(writing._RUN_BY_SPREADSHEETS)
    assert number == "-1"


@pytest.mark.parametrize("format", ["xlsx", "csv"])
@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_comes_out_whole_or_replaced_but_the_file_is_sound(text, format):
    content = written([[text, 1], ["后一行", 2]], format=format)

    if format == "xlsx":
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    else:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[2][0] == "后一行"
    if text.isprintable() and "\ud800" not in text:
        assert rows[1][0].strip() == text.strip()


def test_numbers_dates_and_blanks_keep_their_kind():
    at = datetime(2022, 5, 20, 16, 30, tzinfo=UTC)
    row = [7, Decimal("1234567890.12"), 0.5, date(2022, 2, 28), at, None, True, ""]

    back = read_back(written([row], columns=[Column(str(n), str(n)) for n in range(8)]))[1]

    assert back[:4] == [7, 1234567890.12, 0.5, date(2022, 2, 28)]
    assert back[4].isoformat() == "2022-05-21T00:30:00"  # the school's time
    assert back[5:] == ["", "是"] or back[5:] == ["", "是", ""]


@pytest.mark.parametrize("number", [10**18, float("inf"), float("nan"), Decimal("NaN"), Decimal("9" * 20)])
def test_a_number_that_a_cell_cannot_hold_is_text(number):
    content = written([["", number]])

    assert re.search(r'<c r="B2"[^>]* t="inlineStr">', xml_of(content))
    assert read_back(content)[1][1] == str(number)


def test_title_and_note_stand_above_the_heads():
    rows = read_back(written([["张", 1]], title="会员名册", note="=李干事 2026-11-21"))

    assert [row[0] for row in rows] == ["会员名册", "=李干事 2026-11-21", "姓名", "张"]
    lines = written([["张", 1]], format="csv", title="会员名册", note="=李").decode("utf-8-sig").splitlines()
    assert lines == ["会员名册", "'=李", "姓名,金额", "张,1"]


def test_csv_starts_with_the_mark_that_excel_needs_once():
    content = written([["张", 1]] * 3000, format="csv")

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1


def test_a_long_text_is_cut_with_a_sign():
    value = read_back(written([["长" * 40_000, 1]]))[1][0]

    assert len(value) == limits.CELL
    assert value.endswith("…")


def test_more_rows_than_a_sheet_are_refused(monkeypatch):
    monkeypatch.setattr(writing, "MOST_ROWS", 2)

    with pytest.raises(TooManyRows):
        written([["张", 1]] * 3)
