"""An xlsx file as sheets of plain rows: checked by ``package`` and ``worksheets``, read by calamine."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum, SheetVisibleEnum, load_workbook

from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable
from core.spreadsheets.package import Package
from core.spreadsheets.worksheets import Marks, column_letters, scan

_OPENED = ("/xl/workbook.xml", "/word/document.xml")
_HYPERLINK = "/hyperlink"
_RELATION_ID = "id"


@dataclass(frozen=True)
class FormulaCell:
    """A formula's text, "=" first, and the value last shown."""

    text: str
    value: Any


@dataclass
class Table:
    """One sheet, read completely."""

    name: str
    hidden: bool
    sheet: CalamineSheet
    marks: Marks
    from_1904: bool = False  # a serial number counts days from 1904, not from 1900

    def merged_down(self) -> list[tuple[int, int, int]]:
        """(column, first row, last row), from 1, of cells merged over several rows; the leftmost column of each."""
        merged = (self.sheet.merged_cell_ranges or [])[: limits.MERGED]
        return [(left + 1, top + 1, bottom + 1) for (top, left), (bottom, _right) in merged if bottom > top]

    def rows(self) -> Iterator[list[Any]]:
        """From row 1 on, without gaps; formulas and error values in their places."""
        formulas, errors, number = self.marks.formulas, self.marks.errors, 0
        before = [""] * (self.sheet.start or (0, 0))[1]  # calamine counts the blank rows, but not the blank columns
        for number, row in enumerate(self.sheet.iter_rows(), start=1):
            if before:
                row = before + row
            yield self._marked(number, row) if number in formulas or number in errors else row
        last = max([*formulas, *errors], default=0)
        for beyond in range(number + 1, min(last, limits.ROWS) + 1):
            yield self._marked(beyond, [])

    def _marked(self, number: int, row: list[Any]) -> list[Any]:
        formulas, errors = self.marks.formulas.get(number, {}), self.marks.errors.get(number, {})
        row = row + [""] * (min(max([*formulas, *errors], default=0), limits.COLUMNS) - len(row))
        for column, text in errors.items():
            if column <= len(row):
                row[column - 1] = text
        for column, text in formulas.items():
            if column <= len(row):
                row[column - 1] = FormulaCell(text, row[column - 1])
        return row


def read_workbook(file: BinaryIO) -> list[Table]:
    """Every sheet of the file, hidden ones too. Raises ``Refused``; nothing is half read."""
    package = Package(file)
    book = parsed(package, "xl/workbook.xml")
    paths = _sheet_paths(package, book)
    marks: dict[str, Marks] = {}
    for name in package.members:
        if sheet := paths.get(name.lower()):  # names of parts know no case, and no two differ by case only
            marks[sheet] = scan(package.chunks(name), sheet=sheet)
        elif name.lower().endswith(".rels"):
            check_relations(name, parsed(package, name))
        else:
            for _ in package.chunks(name):
                pass
    file.seek(0)
    try:
        return list(_tables(file, marks, from_1904=_counts_from_1904(book)))
    except CalamineError as damaged:
        raise Refused(Unreadable.DAMAGED, where=type(damaged).__name__) from damaged


def _tables(file: BinaryIO, marks: dict[str, Marks], *, from_1904: bool) -> Iterator[Table]:
    book = load_workbook(file)
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue  # a sheet that is one chart
        sheet = book.get_sheet_by_name(meta.name)
        row, column = sheet.end or (0, 0)
        if column >= limits.COLUMNS or row >= limits.ROWS:
            code, limit = (
                (Unreadable.TOO_MANY_COLUMNS, limits.COLUMNS)
                if column >= limits.COLUMNS
                else (Unreadable.TOO_MANY_ROWS, limits.ROWS)
            )
            raise Refused(code, where=f"{meta.name}!{column_letters(column + 1)}{row + 1}", limit=limit)
        hidden = meta.visible != SheetVisibleEnum.Visible
        yield Table(meta.name, hidden, sheet, marks.get(meta.name, Marks()), from_1904)


def parsed(package: Package, name: str) -> Element:
    try:
        return fromstring(b"".join(package.chunks(name)))
    except DefusedXmlException as entities:
        raise Refused(Unreadable.DOCTYPE, where=name) from entities
    except ParseError as damaged:
        raise Refused(Unreadable.DAMAGED, where=name) from damaged


def check_relations(name: str, relations: Element) -> None:
    """Nothing outside may be pulled in; a link that a person must click is only text. We read what opens."""
    for relation in relations:
        opens = name.lower() == "_rels/.rels" and relation.get("Type", "").endswith("/officeDocument")
        if opens and posixpath.join("/", relation.get("Target", "")).lower() not in _OPENED:
            raise Refused(Unreadable.DAMAGED, where=name)
        outside = relation.get("TargetMode", "").lower() == "external"
        if outside and not relation.get("Type", "").endswith(_HYPERLINK):
            raise Refused(Unreadable.EXTERNAL_CONTENT, where=name)


def _counts_from_1904(book: Element) -> bool:
    """As Excel for Mac once did; calamine heeds it for cells with a date format only."""
    settings = (element for element in book.iter() if _local(element.tag) == "workbookPr")
    return any(element.get("date1904") in ("1", "true", "on") for element in settings)


def _sheet_paths(package: Package, book: Element) -> dict[str, str]:
    """Member name in lower case -> sheet name, in the workbook's order."""
    relations = parsed(package, "xl/_rels/workbook.xml.rels")
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = [element for element in book.iter() if _local(element.tag) == "sheet"]
    if len(sheets) > limits.SHEETS:
        raise Refused(Unreadable.TOO_MANY_SHEETS, actual=len(sheets), limit=limits.SHEETS)
    paths = {}
    for sheet in sheets:
        relation = next((value for key, value in sheet.items() if key.endswith("}" + _RELATION_ID)), "")
        path = posixpath.normpath(posixpath.join("/xl", targets.get(relation, "")))
        paths[path.lstrip("/").lower()] = sheet.get("name", "")
    return paths


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
