"""The daily file of HR, read: one clean row per person, and the rows that say nothing usable. No database here."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.dates import DateError, InvalidDate, as_of_1900, ending_remark, parse_date
from core.errors import DomainError
from core.identity import IdNumber, InvalidIdNumber, check_id_number, mobile_of
from core.spreadsheets.sheets import Formula, Sheet, open_sheets
from members.feed_codes import FeedKind, FeedRefusal, FeedVerdict
from members.rules import feed as rules
from members.services.roster_columns import HeaderTrouble, find_header, is_no_person, wording
from members.services.roster_rows import LONGEST, clean, holds_a_number, name_of, sex_of, staff_no_of

STATUS = ("人员状态", "在职状态", "当前状态", "在岗状态", "人员现状", "状态", "是否在职")
TEXTS = ("ethnicity", "political_status", "education", "title", "department_name")
_DAYS = ("birth_on", "hired_on")


class CannotTake(DomainError):
    """The file is refused as a whole. ``code`` is a ``FeedRefusal``."""


@dataclass(frozen=True)
class FeedPerson:
    """What a row says; "" and None: nothing. The ID number is in clear here only."""

    row: int
    staff_no: str
    name: str
    facts: dict[str, Any]  # the member's own columns that the row names, in Member's own types
    id_number: str = ""
    branch: str = ""
    ending: FeedKind | None = None
    ended_on: date | None = None


@dataclass
class FeedFile:
    """All people of a file in its order; (row, staff number, verdict) of rows left out, or taken without their ID."""

    people: list[FeedPerson] = field(default_factory=list)
    rejected: list[tuple[int, str, FeedVerdict]] = field(default_factory=list)


class _Refused(Exception):
    def __init__(self, verdict: FeedVerdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


def read_feed(source: Any, *, filename: str) -> FeedFile:
    """The people of every visible sheet. Raises ``CannotTake`` or ``core.spreadsheets.refusals.CannotRead``."""
    found, seen = FeedFile(), set[str]()
    with open_sheets(source, filename=filename) as sheets:
        for sheet in sheets:
            if not sheet.hidden:
                _read_sheet(sheet, found, seen)
    if not found.people:
        raise CannotTake(FeedRefusal.NOBODY_IN_IT)
    return found


def _read_sheet(sheet: Sheet, found: FeedFile, seen: set[str]) -> None:
    status = _status_column(sheet)
    try:
        header = find_header(iter(sheet.rows))
    except HeaderTrouble as trouble:
        raise CannotTake(FeedRefusal.NO_HEADER) from trouble
    if header is None:
        return
    columns, rows = header.columns, header.rows
    if status is not None:
        columns = {**columns, "status": status}
    for number, cells in rows:
        if is_no_person(cells, columns):
            continue
        values: dict[str, Any] = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
        if sheet.from_1904:
            values |= {name: as_of_1900(values[name]) for name in _DAYS if name in values}
        staff_no = staff_no_of(values.get("staff_no", ""))
        try:
            person = _person(number, staff_no, values, seen)
        except _Refused as refused:
            found.rejected.append((number, staff_no, refused.verdict))
        else:
            found.people.append(person)
            if not person.id_number and clean(values.get("id_number", "")):  # a passport, perhaps
                found.rejected.append((number, staff_no, FeedVerdict.ID_WRONG))
        seen.add(staff_no)


def _status_column(sheet: Sheet) -> int | None:
    """The column that says who is on the staff, in the header that also has the staff number."""
    for number, cells in sheet.rows:
        words = [wording(cell) for cell in cells]
        best = min((STATUS.index(word) for word in words if word in STATUS), default=None)
        if best is not None:
            return words.index(STATUS[best])
        if number >= 30:
            break
    return None


def _person(row: int, staff_no: str, values: Mapping[str, object], seen: set[str]) -> FeedPerson:
    if not staff_no:
        raise _Refused(FeedVerdict.STAFF_NO_MISSING)
    if staff_no in seen:
        raise _Refused(FeedVerdict.STAFF_NO_DUPLICATE)
    raw = values.get("name", "")
    name = name_of(raw)
    if not name or isinstance(raw, Formula) or not any(letter.isalpha() for letter in name):
        raise _Refused(FeedVerdict.NAME_MISSING)
    facts = _facts(values)
    texts = [name, clean(values.get("branch", "")), *(str(value) for value in facts.values() if value)]
    if holds_a_number("\n".join(texts)):
        raise _Refused(FeedVerdict.NUMBER_MISPLACED)
    if any(len(str(value)) > LONGEST[word] for word, value in {**facts, "name": name}.items() if word in LONGEST):
        raise _Refused(FeedVerdict.VALUE_TOO_LONG)
    ending, ended_on = _ending(values)
    id_number = _id_number(values.get("id_number", ""))
    if id_number:
        facts = {"birth_on": id_number.birth_on, "sex": id_number.sex} | facts
    return FeedPerson(
        row=row,
        staff_no=staff_no,
        name=name,
        facts=facts,
        id_number=id_number.number if id_number else "",
        branch=clean(values.get("branch", "")),
        ending=ending,
        ended_on=ended_on,
    )


def _facts(values: Mapping[str, object]) -> dict[str, Any]:
    """The columns that the file has and this row fills: an empty cell says nothing about anybody."""
    said: dict[str, Any] = {name: clean(values[name]) for name in TEXTS if name in values}
    phone = clean(values.get("phone", ""))
    said["phone"] = mobile_of(phone) or phone
    said["email"] = clean(values.get("email", "")).replace(" ", "")
    said["sex"] = sex_of(clean(values.get("sex", "")))
    for name in _DAYS:
        said[name] = _day(values.get(name, ""))
    return {name: value for name, value in said.items() if value}


def _day(cell: object) -> date | None:
    """The cell's day; one without the day of the month says nothing here."""
    try:
        return parse_date(clean(cell) if isinstance(cell, str) else cell)
    except InvalidDate as wrong:
        if wrong.code == DateError.DAY_MISSING:
            return None
        raise _Refused(FeedVerdict.DATE_IMPOSSIBLE) from None


def _id_number(cell: object) -> IdNumber | None:
    """None where there is none, and where it is none: the person is compared all the same."""
    text = clean(cell) if isinstance(cell, str) else cell
    with suppress(InvalidIdNumber):
        return check_id_number(text) if text not in ("", None) else None
    return None


def _ending(values: Mapping[str, object]) -> tuple[FeedKind | None, date | None]:
    """What the status column says, and the day that the remark gives it (``2026年3月9日退休``)."""
    status = clean(values.get("status", ""))
    kind = rules.ending_of(status)
    with suppress(InvalidDate):
        if told := ending_remark(clean(values.get("remark", ""))):
            kind = kind or rules.ending_of(told.word)
            return kind, told.on if kind else None
    return kind, None
