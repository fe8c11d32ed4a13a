"""Reading a roster: sheet by sheet below its header, row by row with what each column says, and its verdicts."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from core.dates import as_of_1900
from core.errors import DomainError
from core.spreadsheets.sheets import Sheet, Value, open_sheets
from members.selectors import branch_wording, branch_wordings
from members.services.roster_columns import (
    FIELD_OF,
    WORDINGS,
    Columns,
    Header,
    HeaderTrouble,
    columns_of,
    find_header,
    is_header,
    is_no_person,
    is_plainly_a_person,
    read_as,
)
from members.services.roster_rows import Judged, RowJudge

_DAYS = frozenset({"birth_on", "hired_on", "joined_on"})
_SORTED_BY = frozenset({"branch", "department_name"})
PIECE = 1000  # rows


class Refusal(StrEnum):
    """Why a whole roster is refused; nothing of it was stored."""

    NO_HEADER = "no_header"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    BUSY = "busy"


class CannotImport(DomainError):
    """The roster is refused as a whole. ``code`` is a ``Refusal``; the message names the sheet and what was found."""


class Line(NamedTuple):
    """One row that is about somebody: its number, all of its cells, and what stands under each known column."""

    row: int
    cells: Sequence[Value]
    values: dict[str, Any]


def judge_roster(
    source: Path | BinaryIO, *, filename: str, mapping: Mapping[str, str] | None = None, raw: bool = False
) -> Judged:
    """Every row of every visible sheet with its verdict. Only branches are looked up.

    ``mapping``: header wording -> field, "" for a column left out; it goes before what is known of wordings. ``raw``:
    what the rejected rows say is kept too. Raises ``CannotImport`` or ``CannotRead``.
    """
    *_pieces, judged = judge_by_pieces(source, filename=filename, mapping=mapping, raw=raw)
    return judged


def judge_by_pieces(
    source: Path | BinaryIO, *, filename: str, mapping: Mapping[str, str] | None = None, raw: bool = False
) -> Generator[Judged]:
    """``judge_roster``, which says how far it is: when the file is open and checked, then every ``PIECE`` rows, and
    at the end. It is the same ``Judged`` each time, and takes nothing of the database after the first.
    """
    branches = branch_wordings()
    field_of = read_as(mapping or {})
    judge = RowJudge(cache(lambda text: branches.get(branch_wording(text))), raw=raw)
    headed = False
    with open_sheets(source, filename=filename) as sheets:
        yield judge.judged
        for sheet in sheets:
            if sheet.hidden:
                judge.judged.skipped.append(sheet.name)
                continue
            branch = branches.get(branch_wording(sheet.name))
            opened = open_sheet(sheet, field_of, branch_known=branch is not None)
            headed = headed or opened is not None
            for count, line in enumerate(opened[1] if opened else (), start=1):
                judge.judge(sheet=sheet.name, row=line.row, cells=line.values, branch=branch)
                if count % PIECE == 0:
                    yield judge.judged
    if not headed:
        raise CannotImport(Refusal.NO_HEADER, _("文件里没有任何内容，找不到表头。"))
    yield judge.judged


def open_sheet(
    sheet: Sheet, field_of: Mapping[str, str] = FIELD_OF, *, branch_known: bool
) -> tuple[Header, Iterator[Line]] | None:
    """The header and the rows of people below it; None when nothing at all stands in the sheet.

    ``branch_known``: the sheet itself is named by a branch. Raises ``CannotImport``, also while rows are taken.
    """
    with _in_words(sheet):
        header = find_header(iter(sheet.rows), field_of)
        if header is None:
            return None
        _check_columns(header.columns, branch_known=branch_known)
    return header, _lines(sheet, header, field_of, branch_known)


def _lines(sheet: Sheet, header: Header, field_of: Mapping[str, str], branch_known: bool) -> Iterator[Line]:
    columns = header.columns
    merged = _Merged(sheet)
    for number, cells in header.rows:
        width = len(cells)
        if not is_plainly_a_person(cells[columns["staff_no"]] if columns["staff_no"] < width else ""):
            if is_no_person(cells, columns):
                continue
            if is_header(cells, field_of):  # again at the top of a printed page, perhaps in another order
                with _in_words(sheet):
                    columns = columns_of(cells, field_of)
                    _check_columns(columns, branch_known=branch_known)
                continue
        values: dict[str, Any] = {field: cells[place] if place < width else "" for field, place in columns.items()}
        if sheet.merged_down:
            merged.fill(values, number, columns)
        if sheet.from_1904:
            values |= {field: as_of_1900(values[field]) for field in _DAYS & values.keys()}
        yield Line(number, cells, values)


@contextmanager
def _in_words(sheet: Sheet) -> Iterator[None]:
    try:
        yield
    except HeaderTrouble as trouble:
        raise CannotImport(Refusal(trouble.what), _trouble(sheet.name, trouble)) from trouble


class _Merged:
    """Unit and branch, where a list sorted by them has one cell merged over the rows of several people."""

    def __init__(self, sheet: Sheet) -> None:
        self._last = {(column - 1, first): last for column, first, last in sheet.merged_down}
        self._said: dict[int, tuple[int, object]] = {}  # column -> until which row, and what

    def fill(self, values: dict[str, object], number: int, columns: Columns) -> None:
        """Give ``values`` of row ``number`` what its merged cells say further up."""
        for field in _SORTED_BY & values.keys():
            place = columns[field]
            if (place, number) in self._last:
                self._said[place] = self._last[place, number], values[field]
            until, said = self._said.get(place, (0, ""))
            if number <= until and values[field] == "":
                values[field] = said


def _check_columns(columns: Columns, *, branch_known: bool) -> None:
    missing = []
    if "branch" not in columns and not branch_known:
        missing.append(_("分工会（或以分工会名称命名工作表）"))
    if "joined_on" not in columns and "hired_on" not in columns:
        missing.append(_("入会时间"))
    if missing:
        found = "、".join(wordings[0] for field, wordings in WORDINGS.items() if field in columns)
        raise HeaderTrouble(
            "column_missing",
            _("缺少 %(missing)s；已找到 %(found)s") % {"missing": "、".join(missing), "found": found},
        )


def _trouble(sheet: str, trouble: HeaderTrouble) -> str:
    texts = {
        "no_header": _("工作表“%(sheet)s”里找不到同时写有“工号”和“姓名”的表头。"),
        "column_missing": _("工作表“%(sheet)s”的表头不全：%(found)s。至少要有工号、姓名、分工会和入会时间。"),
        "column_twice": _("工作表“%(sheet)s”里有两栏都像是“%(found)s”，请删去一栏。"),
    }
    return texts[trouble.what] % {"sheet": sheet, "found": trouble.found or _("无")}
