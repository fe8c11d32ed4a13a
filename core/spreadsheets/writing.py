"""Lists as files: rows streamed to xlsx or csv, and what a person typed is never a formula (TRUST.md L8, U7).

    with open_writer(file, columns, format="xlsx", title="会员名册", note="李干事 2026-11-21") as write:
        for values in rows: write(values)

In xlsx every text is a cell of type string, numbers are numbers and dates are dates. Csv has no types: there a text
that a spreadsheet would run gets an apostrophe before it, as OWASP advises.
"""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter
from django.utils import timezone
from django.utils.functional import Promise

from core.spreadsheets import limits

Write = Callable[[Sequence[Any]], None]
MOST_ROWS = 1_048_000  # of a sheet, below Excel's own end
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DATE, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


class TooManyRows(ValueError):
    """More rows than a sheet has."""


@dataclass(frozen=True)
class Column:
    """A column of a list: ``name`` for programs, ``title`` for people, ``width`` in characters."""

    name: str
    title: str | Promise
    width: int = 12


@contextmanager
def open_writer(
    file: BinaryIO, columns: Sequence[Column], *, format: str, title: str = "", note: str = ""
) -> Iterator[Write]:
    """Give a function that writes one row; the file is whole when the block ends. Raises ``TooManyRows``.

    A value is a text, a number, a date, a time of day with its date, a truth or None. ``title`` and ``note`` stand
    above the heads, ``note`` saying who took the list out, when and what for.
    """
    opened = _workbook if format == "xlsx" else _text
    with opened(file, columns, [line for line in (title, note) if line]) as write:
        yield write


@contextmanager
def _workbook(file: BinaryIO, columns: Sequence[Column], above: list[str]) -> Iterator[Write]:
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "default_date_format": _DATE}
        book = xlsxwriter.Workbook(file, options)
        sheet = book.add_worksheet()
        date, time, head = (
            book.add_format(look) for look in ({"num_format": _DATE}, {"num_format": _TIME}, {"bold": True})
        )
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        for number, line in enumerate(above):
            sheet.write_string(number, 0, _storable(line), head if not number else None)
        for number, column in enumerate(columns):
            sheet.write_string(len(above), number, _storable(str(column.title)), head)
        sheet.freeze_panes(len(above) + 1, 0)
        last = len(above)

        def write(values: Sequence[Any]) -> None:
            nonlocal last
            last += 1
            if last > MOST_ROWS:
                raise TooManyRows(str(MOST_ROWS))
            for number, value in enumerate(values):
                kind = type(value)
                if kind is str:
                    if value:
                        sheet.write_string(last, number, _storable(value))
                elif value is None:
                    pass
                elif kind is bool:
                    sheet.write_string(last, number, _truth(value))
                elif kind in (int, float, Decimal) and _is_plain(value):
                    sheet.write_number(last, number, value)
                elif kind is dt.date:
                    sheet.write_datetime(last, number, value, date)
                elif kind is dt.datetime:
                    sheet.write_datetime(last, number, _local(value), time)
                else:
                    sheet.write_string(last, number, _storable(str(value)))

        yield write
        book.close()


@contextmanager
def _text(file: BinaryIO, columns: Sequence[Column], above: list[str]) -> Iterator[Write]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="", write_through=False)
    rows = csv.writer(text)
    for line in above:
        rows.writerow([_harmless(line)])
    rows.writerow([_harmless(str(column.title)) for column in columns])

    def write(values: Sequence[Any]) -> None:
        rows.writerow([_as_text(value) for value in values])

    try:
        yield write
    finally:
        text.flush()
        text.detach()  # the file is not ours to close


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _truth(value)
    if isinstance(value, dt.datetime):
        return f"{_local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, int | float | Decimal | dt.date):
        return str(value)
    return _harmless(str(value))


def _harmless(text: str) -> str:
    text = text.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_RUN_BY_SPREADSHEETS) else text


def _storable(text: str) -> str:
    """Without lone surrogates, which no file can hold, and not longer than a cell."""
    if len(text) > limits.CELL:
        text = text[: limits.CELL - 1] + "…"
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_plain(number: Any) -> bool:
    """What a cell shows exactly: no infinity, no more than fifteen digits."""
    return number == number and abs(number) < 1_000_000_000_000_000


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def _truth(value: bool) -> str:
    return "是" if value else "否"
