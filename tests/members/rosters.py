"""Rosters made for a test: a workbook out of rows, and one person of whom everything is right."""

from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

HEADER = ("工号", "姓名", "性别", "出生日期", "身份证号", "分工会", "入会时间")
# ID numbers are the worked examples of GB 11643 in REGULATIONS.md 12.
ZHANG = {
    "工号": "1000001",
    "姓名": "张三",
    "性别": "男",
    "出生日期": "1982-01-13",
    "身份证号": "513101198201130014",
    "分工会": "纺织学院",
    "入会时间": "2010-09-01",
}
LI = {
    "工号": "1000002",
    "姓名": "李四",
    "性别": "女",
    "出生日期": "1949-12-31",
    "身份证号": "11010519491231002X",
    "分工会": "机关一",
    "入会时间": "1975-03-01",
}


def row_of(person: dict, header=HEADER) -> list:
    return [person.get(word, "") for word in header]


def write_book(
    path: Path,
    sheets: dict[str, list[list]],
    *,
    hidden: tuple[str, ...] = (),
    merged: tuple[str, ...] = (),
    **options,
) -> Path:
    """A workbook with these sheets; numbers, dates and texts become cells of their kind, nothing a formula.

    ``merged``: ranges of every sheet, such as "F2:F3", that become one cell with what stands at their top left.
    """
    settings = {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy/mm/dd"}
    with xlsxwriter.Workbook(path, {**settings, **options}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell)
                    elif cell != "":
                        sheet.write(number, place, cell)
            for place in merged:
                top, left = xl_cell_to_rowcol(place.partition(":")[0])
                sheet.merge_range(place, rows[top][left])
            if name in hidden:
                sheet.hide()
    return path


def write_roster(path: Path, *people: dict, header=HEADER, titles: int = 1) -> Path:
    """One sheet 花名册: title rows, the header, one row per person (the first in row ``titles + 2``)."""
    rows = [["某学院工会会员花名册"]] * titles + [list(header)] + [row_of(person, header) for person in people]
    return write_book(path, {"花名册": rows})
