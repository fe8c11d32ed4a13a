"""Ordinary spreadsheets, as offices write them: exact values under the row numbers that Excel shows."""

import gc
import io
import json
import os
import pyexpat
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from core.spreadsheets.codes import Unreadable
from core.spreadsheets.refusals import CannotRead
from core.spreadsheets.sheets import Formula, open_sheets
from core.spreadsheets.worksheets import column_letters, column_number
from tests.core import hostile as h

DAY, MOMENT = date(2022, 5, 20), datetime.fromisoformat("2022-05-20T08:30")
DEMO = Path(__file__).resolve().parents[2] / "demo" / "year-2022"


def rows_of(content: bytes, filename: str = "名册.xlsx") -> dict[int, tuple]:
    """The rows of the first sheet."""
    with open_sheets(io.BytesIO(content), filename=filename) as sheets:
        return dict(sheets[0].rows)


def written(fill, **options) -> bytes:
    """A workbook by XlsxWriter; ``fill`` gets the book."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False} | options) as book:
        fill(book)
    return content.getvalue()


def test_the_real_roster_keeps_its_row_numbers():
    expected = json.loads((DEMO / "expected.json").read_text())["roster"]["rejected"]

    with open_sheets(DEMO / "会员花名册.xlsx", filename="会员花名册.xlsx") as sheets:
        (sheet,) = sheets
        rows = dict(sheet.rows)

    assert (sheet.name, sheet.hidden) == ("花名册", False)
    assert list(rows) == list(range(1, 799))
    assert rows[3][:3] == ("序号", "工号", "姓名")
    named = [(entry["row"], entry["staff_no"]) for entry in expected if entry["staff_no"]]
    assert named
    for number, staff_no in named:
        cell = rows[number][1]
        assert str(int(cell) if isinstance(cell, float) else cell).strip() == staff_no


def test_values_come_as_plain_types():
    def fill(book):
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["=1+1", "+86", "-", "@x", "\tx", "＝1", " 李　雷 "])
        sheet.write_number(1, 0, 1.5)
        sheet.write_boolean(1, 1, True)
        sheet.write_datetime(1, 2, DAY, day)
        sheet.write_datetime(1, 3, MOMENT, moment)
        sheet.write_number(1, 4, 3.2e17)

    rows = rows_of(written(fill))

    assert rows[1] == ("=1+1", "+86", "-", "@x", "\tx", "＝1", " 李　雷 ")
    assert not isinstance(rows[1][0], Formula)
    assert rows[2][:5] == (1.5, True, DAY, MOMENT, 3.2e17)


def test_blank_rows_and_columns_before_the_data_are_counted():
    content = h.of_cells(h.row(3, h.text_cell("B3", "姓名")), h.row(5, h.text_cell("C5", "王一")))

    rows = rows_of(content)

    assert rows[3][:2] == ("", "姓名")
    assert rows[5][:3] == ("", "", "王一")
    assert not any(rows[number] and any(rows[number]) for number in (1, 2, 4))


def test_a_real_formula_is_marked_and_keeps_the_value_last_shown():
    content = h.of_cells(
        h.row(1, '<c r="A1"><f>1+1</f><v>2</v></c>', '<c r="B1" t="str"><f t="shared" si="0"/><v>王</v></c>'),
        h.row(2, '<c r="A2"><f>IF(B2&lt;3,1)</f></c>', '<c r="B2" t="e"><f>NA()</f><v>#N/A</v></c>'),
        h.row(3, h.text_cell("A3", "<f>1</f>")),
        h.row(5, '<c r="C5" t="str"><f>HYPERLINK("http://127.0.0.1/")</f></c>'),
    )

    rows = rows_of(content)

    assert [str(cell) for cell in rows[1]] == ["=1+1", "="]
    assert [cell.value for cell in rows[1]] == [2.0, "王"]
    assert [str(cell) for cell in rows[2]] == ["=IF(B2<3,1)", "=NA()"]
    assert all(isinstance(cell, Formula) for cell in (*rows[1], *rows[2], rows[5][2]))
    assert rows[5][2].value == ""
    assert rows[3][0] == "<f>1</f>"
    assert not isinstance(rows[3][0], Formula)


def test_formulas_are_found_across_the_pieces_of_a_large_sheet():
    lines = (
        h.row(n, h.text_cell(f"A{n}", "王" * 200), f'<c r="B{n}"><f>{n}+0</f><v>{n}</v></c>') for n in range(1, 6001)
    )

    rows = rows_of(h.of_cells(*lines))

    assert all(str(cells[1]) == f"={number}+0" and cells[1].value == number for number, cells in rows.items())
    assert len(rows) == 6000


def test_formulas_are_found_under_a_namespace_prefix():
    xml = h.sheet(h.row(1, '<c r="A1"><f>1+1</f><v>2</v></c>')).decode().replace("xmlns=", "xmlns:x=")
    for name in ("worksheet", "sheetData", "row", "c ", "c>", "f>", "v>"):
        xml = xml.replace(f"<{name}", f"<x:{name}").replace(f"</{name}", f"</x:{name}")

    rows = rows_of(h.packed(h.members({"名册": xml.encode()})))

    assert isinstance(rows[1][0], Formula)


def test_an_error_value_stays_visible():
    rows = rows_of(h.of_cells(h.row(1, '<c r="A1" t="e"><v>#N/A</v></c>', h.text_cell("B1", "王一"))))

    assert rows[1] == ("#N/A", "王一")


@pytest.mark.parametrize("dimension", ["A1:XFD1048576", "A1:A1048576", "A1", ""])
def test_a_lying_dimension_costs_nothing(dimension):
    rows = rows_of(
        h.of_cells(h.row(1, h.number_cell("A1", 1)), h.row(2, h.number_cell("B2", 2)), dimension=dimension)
    )

    assert rows == {1: (1.0, ""), 2: ("", 2.0)}


def test_styled_but_empty_cells_far_out_do_not_matter():
    content = h.of_cells(
        h.row(1, h.text_cell("A1", "姓名"), '<c r="XFD1" s="1"/>', '<c r="XFC1" s="1"></c>'),
        h.row(1_048_576, '<c r="A1048576" s="1"/>'),
        dimension="A1:XFD1048576",
    )

    assert rows_of(content) == {1: ("姓名",)}


def test_the_last_row_and_column_within_the_limits_are_read():
    rows = rows_of(h.of_cells(h.row(1, h.number_cell("GR1", 1)), h.row(1_000, h.number_cell("A1000", 2))))

    assert rows[1][199] == 1.0
    assert rows[1_000][0] == 2.0


def test_hidden_sheets_are_read_and_flagged():
    content = h.packed(h.members({"甲": h.sheet(""), "乙": h.sheet(h.row(1, h.number_cell("A1", 1)))}, hidden=["乙"]))

    with open_sheets(io.BytesIO(content), filename="名册.xlsx") as sheets:
        assert [(sheet.name, sheet.hidden, list(sheet.rows)) for sheet in sheets] == [
            ("甲", False, []),
            ("乙", True, [(1, (1.0,))]),
        ]


def test_the_1904_date_system_is_honoured():
    cells = h.row(1, '<c r="A1" s="1"><v>0</v></c>', '<c r="B1" s="1"><v>43010</v></c>')

    old, new = (
        rows_of(h.packed(h.members({"名册": h.sheet(cells)}, properties=properties)))[1][1]
        for properties in ('<workbookPr date1904="1"/>', "<workbookPr/>")
    )

    assert (old, new) == (date(2021, 10, 3), date(2017, 10, 2))


def test_a_merged_cell_has_its_value_at_the_top_left_only():
    def fill(book):
        book.add_worksheet().merge_range("A1:C2", "花名册")

    rows = rows_of(written(fill))

    assert [value for cells in rows.values() for value in cells if value] == ["花名册"]
    assert rows[1][0] == "花名册"


def test_merges_over_rows_and_the_date_system_are_told():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.merge_range("A1:C1", "花名册")
        sheet.merge_range("B3:C5", "纺织学院")

    with open_sheets(io.BytesIO(written(fill)), filename="名册.xlsx") as sheets:
        assert [(sheet.merged_down, sheet.from_1904) for sheet in sheets] == [([[2, 3, 5]], False)]
    with open_sheets(io.BytesIO("工号".encode()), filename="名册.csv") as sheets:
        assert [(sheet.merged_down, sheet.from_1904) for sheet in sheets] == [([], False)]


def test_links_to_click_are_text():
    def fill(book):
        book.add_worksheet().write_url(0, 0, "mailto:wang@example.edu.cn", string="wang@example.edu.cn")

    assert rows_of(written(fill))[1] == ("wang@example.edu.cn",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_spellings_of_offices(encoding, delimiter):
    text = f'分工会{delimiter}别名\r\n\r\n机关二{delimiter}"机关{delimiter}""二""\n部"\r\n=1+1{delimiter}𠮷\r\n'

    rows = rows_of(text.encode(encoding), "分工会.csv")

    assert rows[1] == ("分工会", "别名")
    assert rows[2] == ()
    assert rows[3] == ("机关二", f'机关{delimiter}"二"\n部')
    assert rows[4] == ("=1+1", "𠮷")


def test_a_csv_is_one_sheet_named_after_the_file():
    with open_sheets(DEMO / "分工会.csv", filename="分工会.csv") as sheets:
        assert [(sheet.name, len(list(sheet.rows))) for sheet in sheets] == [("分工会", 12)]


def test_sheets_may_be_read_in_any_order_and_again():
    content = h.packed(h.members({name: h.sheet(h.row(1, h.text_cell("A1", name))) for name in "甲乙丙"}))

    with open_sheets(io.BytesIO(content), filename="名册.xlsx") as sheets:
        kept = list(sheets)
        seen = [next(iter(kept[index].rows))[1][0] for index in (2, 0, 0, 1)]

    assert seen == ["丙", "甲", "甲", "乙"]


def test_rows_given_up_for_others_say_so():
    with open_sheets(DEMO / "会员花名册.xlsx", filename="会员花名册.xlsx") as sheets:
        first = sheets[0].rows
        next(first)
        again = list(sheets[0].rows)
        with pytest.raises(RuntimeError):
            list(first)

    assert len(again) == 798


def test_long_texts_arrive_whole():
    text = h.varied_text(32_767)

    rows = rows_of(
        h.of_cells(*(h.row(n, h.text_cell(f"A{n}", text), h.text_cell(f"B{n}", text)) for n in range(1, 51)))
    )

    assert list(rows.values()) == [(text, text)] * 50


def test_the_reading_process_ends_with_the_sheets():
    sheets = open_sheets(DEMO / "会员花名册.xlsx", filename="会员花名册.xlsx")
    process = sheets._reader.process.system
    next(sheets[0].rows)

    del sheets
    gc.collect()

    assert process.returncode is not None


def test_the_reading_process_knows_no_key(monkeypatch):
    monkeypatch.setenv("FIELD_KEYS", "k1:secret")
    with open_sheets(DEMO / "分工会.csv", filename="分工会.csv") as sheets:
        environment = Path(f"/proc/{sheets._reader.process.system.pid}/environ").read_bytes()

    assert b"secret" not in environment
    assert "FIELD_KEYS" in os.environ


def test_a_pipe_is_refused_and_a_missing_file_is_an_os_error(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")

    with pytest.raises(CannotRead) as refused:
        open_sheets(tmp_path / "pipe.xlsx", filename="名册.xlsx")
    with pytest.raises(FileNotFoundError):
        open_sheets(tmp_path / "none.xlsx", filename="名册.xlsx")

    assert refused.value.code is Unreadable.WRONG_TYPE


def test_the_xml_parser_itself_bounds_entities():
    """TRUST.md L7: since 2.4 expat limits what entities expand to, should ever a parse go past our guards."""
    assert pyexpat.version_info >= (2, 4, 0)


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("GR", 200), ("XFD", 16_384)])
def test_columns_are_counted_as_excel_does(letters, number):
    assert column_number(letters) == number
    assert column_letters(number) == letters
