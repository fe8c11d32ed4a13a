"""What a reader of spreadsheets sees: sheets in order, rows with the numbers that Excel shows, plain values."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, SheetVisibleEnum, load_workbook

from core.spreadsheets.refusals import CannotRead, Unreadable


class Formula(str):
    """The text of a real formula, "=" first; ``value`` is what the sheet last showed for it ("" if unknown)."""

    value: "Value" = ""


Value = str | float | int | bool | date | datetime | Formula
Row = tuple[int, tuple[Value, ...]]


@dataclass
class Sheet:
    """One sheet. ``rows`` gives (number as in Excel from 1, values); it may be iterated again from the start."""

    name: str
    hidden: bool
    source: CalamineSheet | list[list[str]]

    @property
    def rows(self) -> Iterator[Row]:
        lines = self.source if isinstance(self.source, list) else self.source.iter_rows()
        return ((number, tuple(line)) for number, line in enumerate(lines, start=1))


class Sheets(list[Sheet]):
    """The sheets of one file in the file's order; also a context manager that lets go of the file."""

    def close(self) -> None:
        self.clear()

    def __enter__(self) -> "Sheets":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_sheets(source: str | Path | BinaryIO, *, filename: str) -> Sheets:
    """The sheets of an xlsx or csv file. Raises ``CannotRead``."""
    content = Path(source).read_bytes() if isinstance(source, str | Path) else source.read()
    if not content.startswith(b"PK"):
        text = content.decode("utf-8-sig")
        dialect = max(",;\t", key=text.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect))
        return Sheets([Sheet(Path(filename).stem, False, rows)])
    try:
        book = load_workbook(io.BytesIO(content))
    except CalamineError as damaged:
        raise CannotRead(Unreadable.DAMAGED, str(damaged)) from damaged
    return Sheets(
        Sheet(meta.name, meta.visible != SheetVisibleEnum.Visible, book.get_sheet_by_name(meta.name))
        for meta in book.sheets_metadata
    )
