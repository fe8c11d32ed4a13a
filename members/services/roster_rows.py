"""One roster row at a time: cells as clerks type them into clean values with a verdict. No database here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from core.dates import DateError, InvalidDate, ending_remark, parse_date
from core.identity import (
    CardWarning,
    IdError,
    IdNumber,
    InvalidIdNumber,
    check_id_number,
    doubts_about_card,
    mobile_of,
    tidy_number,
)
from core.spreadsheets.sheets import Formula
from members.enums import EndReason, Sex, Verdict
from members.rules import roster as rules

# A name or number that starts so would run as a formula in somebody's Excel.
_FORMULA = ("=", "＝", "+", "＋", "@", "＠", "-", "－")
_ENDINGS = {
    "退休": EndReason.RETIRED,
    "调出": EndReason.TRANSFERRED_OUT,
    "离职": EndReason.TRANSFERRED_OUT,  # membership follows employment (REGULATIONS.md 2, Transfer)
    "去世": EndReason.DIED,
    "退会": EndReason.LEFT,
}
_SEXES = {
    **dict.fromkeys(("男", "男性", "M", "m", "male"), Sex.MALE.value),
    **dict.fromkeys(("女", "女性", "F", "f", "female"), Sex.FEMALE.value),
}
LONGEST = {
    "staff_no": 32,
    "name": 60,
    "ethnicity": 20,
    "political_status": 20,
    "education": 20,
    "title": 40,
    "department_name": 60,
    "remark": 200,
    "phone": 32,
    "email": 254,
}
_MUST_FIT = ("name", "ethnicity", "political_status", "education", "title", "department_name", "remark")
_INVISIBLE = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff"
_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_ODD = re.compile(rf"^ | $|  |[^\S ]|[{_INVISIBLE}]")  # anything but single plain spaces inside
_SPACES = re.compile(r"\s+")
_SPACE_IN_CHINESE = re.compile(r"(?<![!-~]) | (?![!-~])")
_STAFF_NO = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z_-]*")
_LONG_NUMBER = re.compile(r"[0-9]{15}|[0-9]{4}(?: [0-9]{4}){3}")  # an ID or card number; no two telephones
_LETTER = re.compile(r"[^\W\d_]")
_YEAR = re.compile(r"\d{4}")  # 2011年7月3日退休 under 姓名: the columns are mixed up, this is nobody's name


class Person(NamedTuple):
    """What an accepted row says. "" and None: the roster says nothing. Numbers of class C3 are in clear here only."""

    place: "Place"
    staff_no: str
    name: str
    sex: str
    birth_on: date | None
    ethnicity: str
    political_status: str
    education: str
    title: str
    department_name: str
    hired_on: date | None
    phone: str
    email: str
    remark: str
    id_number: str
    bank_card: str
    branch: int
    from_on: date
    until_on: date | None
    reason_out: str


class Place(NamedTuple):
    """Where a row stands, as the person with the file sees it."""

    sheet: str
    row: int
    staff_no: str


class Finding(NamedTuple):
    """One verdict on one row; ``about``: whom it names, of two records that were merged the one that lives."""

    place: Place
    code: Verdict
    about: str = ""


@dataclass(slots=True)
class Judged:
    """All rows of a file: who may be taken in, and what is said of the rows."""

    people: list[Person] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    warned: list[Finding] = field(default_factory=list)
    sheets: dict[str, int] = field(default_factory=dict)  # name -> its place in the file
    skipped: list[str] = field(default_factory=list)  # hidden sheets, left out
    raw: dict["Place", dict[str, object]] = field(default_factory=dict)  # what rejected rows say, where asked for


class Refused(Exception):
    """The row stays out."""

    def __init__(self, code: Verdict) -> None:
        super().__init__(code)
        self.code = code


class RowJudge:
    """Judges rows in the file's order; remembers the staff numbers that it has seen."""

    def __init__(self, branch_of: Callable[[str], int | None], *, raw: bool = False) -> None:
        self.judged = Judged()
        self._raw = raw
        self._branch_of = branch_of
        self._seen: set[str] = set()

    def judge(self, *, sheet: str, row: int, cells: Mapping[str, object], branch: int | None) -> None:
        """Take one row in or note why not. ``branch`` is the sheet's own, for rows that name none."""
        self.judged.sheets.setdefault(sheet, len(self.judged.sheets))
        staff_no = staff_no_of(cells.get("staff_no", ""))
        place = Place(sheet, row, staff_no or clean(cells.get("staff_no", ""))[: LONGEST["staff_no"]])
        try:
            person, doubts = self._person(place, staff_no, cells, branch)
        except Refused as refused:
            self.judged.rejected.append(Finding(place, refused.code))
            if self._raw:
                self.judged.raw[place] = dict(cells)
        else:
            self.judged.people.append(person)
            self.judged.warned += [Finding(place, doubt) for doubt in doubts]
        self._seen.add(staff_no)

    def _person(self, place, staff_no, cells, branch) -> tuple[Person, list[Verdict]]:
        raw_name = cells.get("name", "")
        name = name_of(raw_name)
        branch_name = _text(cells.get("branch", ""))
        if branch_name:
            branch = self._branch_of(branch_name)
        refusal = rules.refuse_person(
            staff_no_usable=bool(staff_no),
            seen_before=staff_no in self._seen,
            named=bool(_LETTER.search(name)) and not _YEAR.search(name),
            name_is_formula=isinstance(raw_name, Formula) or name.startswith(_FORMULA),
            branch_known=branch is not None,
        )
        if refusal:
            raise Refused(refusal)
        doubts: list[Verdict] = []
        id_number = _id_number(cells.get("id_number", ""))
        days = _days(cells, id_number, doubts)
        contact = _contact(cells, doubts)
        texts: dict[str, Any] = {field: _text(cells.get(field, "")) for field in _MUST_FIT[1:]} | {"name": name}
        _check_texts(texts, contact)
        return Person(
            place=place,
            staff_no=staff_no,
            sex=_sex(_text(cells.get("sex", "")), id_number, doubts),
            id_number=id_number.number if id_number else "",
            bank_card=_bank_card(cells.get("bank_card", ""), doubts),
            branch=branch,
            **days,
            **contact,
            **texts,
        ), doubts


def holds_a_number(text: str) -> bool:
    """An ID or card number stands in it."""
    return _LONG_NUMBER.search(text) is not None


def _check_texts(texts: dict[str, str], contact: dict[str, str]) -> None:
    if holds_a_number("\n".join((*texts.values(), *contact.values()))):
        raise Refused(Verdict.NUMBER_MISPLACED)  # class C3 is never stored in clear, whatever the header says
    if any(len(text) > LONGEST[field] for field, text in texts.items()):
        raise Refused(Verdict.VALUE_TOO_LONG)


def sex_of(text: str) -> str:
    """``男``, ``M`` and the like as a ``Sex`` value; "" for anything else."""
    return _SEXES.get(text, "")


def clean(cell: object) -> str:
    """The cell as text: whole numbers without ``.0``, one plain space where there was any, nothing invisible."""
    text = cell if type(cell) is str else _plain(cell)
    if text.isalnum():  # most cells; no space, nothing invisible
        return text
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip() if _ODD.search(text) else text


_clean_again = lru_cache(maxsize=4096)(clean)  # for texts of which a roster has few different ones


def _text(cell: object) -> str:
    """``clean``, of a cell that many rows have alike."""
    return _clean_again(cell) if type(cell) is str else clean(cell)


def _plain(cell: object) -> str:
    if isinstance(cell, Formula):
        return _plain(cell.value)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def name_of(cell: object) -> str:
    """A name without spaces in and around Chinese (``任　磊`` is 任磊); Latin names keep one, 「·」 stays."""
    name = clean(cell)
    return _SPACE_IN_CHINESE.sub("", name) if " " in name else name


def staff_no_of(cell: object) -> str:
    """The staff number, narrow and without spaces; "" where the cell holds none (text, a date, a broken number)."""
    if isinstance(cell, bool | date):
        return ""
    number = clean(cell)
    if not (number.isascii() and number.isdigit()):
        number = tidy_number(number)
    return number if len(number) <= LONGEST["staff_no"] and _STAFF_NO.fullmatch(number) else ""


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _id_number(cell: object) -> IdNumber | None:
    if isinstance(cell, str):
        cell = clean(cell)
    if _is_blank(cell):
        return None
    try:
        return check_id_number(cell)
    except InvalidIdNumber as wrong:
        # 18 digits as text that passed through a number once: Excel put zeros for the last three.
        lost = wrong.code == IdError.CHECKSUM and tidy_number(cell).endswith("000")
        if lost or wrong.code == IdError.PRECISION_LOST:
            raise Refused(Verdict.ID_PRECISION_LOST) from None
        raise Refused(Verdict.ID_CHECKSUM) from None


def _sex(text: str, id_number: IdNumber | None, doubts: list[Verdict]) -> str:
    by_id = id_number.sex if id_number else ""
    sex = sex_of(text)
    if text and not sex:
        doubts.append(Verdict.SEX_UNKNOWN)
    if sex and by_id and sex != by_id:
        doubts.append(Verdict.SEX_DIFFERS_FROM_ID)
    return sex or by_id


def _days(cells: Mapping[str, object], id_number: IdNumber | None, doubts: list[Verdict]) -> dict:
    """Birth, hire and membership; where the roster has no 入会时间, membership begins with the 入校时间."""
    birth_on = _birth(cells.get("birth_on", ""), id_number, doubts)
    joined_on = _day(cells.get("joined_on", ""))
    hired_on = _day(cells.get("hired_on", ""), doubts if joined_on else None)
    try:
        ending = ending_remark(clean(cells.get("remark", "")))
    except InvalidDate:
        raise Refused(Verdict.DATE_IMPOSSIBLE) from None
    from_on = joined_on or hired_on
    if "joined_on" in cells and joined_on is None:
        doubts.append(Verdict.JOINED_DAY_MISSING)
    until_on = ending.on + timedelta(days=1) if ending else None
    refusal = rules.refuse_days(birth_on=birth_on, hired_on=hired_on, starts_on=from_on, until_on=until_on)
    if refusal:
        raise Refused(refusal)
    reason_out = _ENDINGS[ending.word].value if ending else ""
    return {
        "birth_on": birth_on,
        "hired_on": hired_on,
        "from_on": from_on,
        "until_on": until_on,
        "reason_out": reason_out,
    }


def _day(cell: object, doubts: list[Verdict] | None = None) -> date | None:
    """The cell's day. Only where ``doubts`` is given may the day of the month be missing."""
    try:
        return parse_date(clean(cell) if isinstance(cell, str) else cell)
    except InvalidDate as wrong:
        if doubts is None or wrong.code != DateError.DAY_MISSING:
            raise Refused(Verdict.DATE_IMPOSSIBLE) from None
        doubts.append(Verdict.DATE_DAY_MISSING)
        return None


def _birth(cell: object, id_number: IdNumber | None, doubts: list[Verdict]) -> date | None:
    """The roster's birth date, else the ID number's: 出生年月 without a day is filled from it when they agree."""
    unclear: list[Verdict] = []
    birth_on = _day(cell, unclear)
    if birth_on is None:
        agrees = id_number is not None and (not unclear or _same_month(clean(cell), id_number.birth_on))
        doubts += [] if agrees else unclear
        return id_number.birth_on if id_number else None
    if id_number and birth_on != id_number.birth_on:
        doubts.append(Verdict.BIRTH_DIFFERS_FROM_ID)
    return birth_on


def _same_month(text: str, day: date) -> bool:
    """``1985.02``, 1985年2月, 1985, and the number 1985.1 (once 1985.10, perhaps) against the ID's birth date."""
    numbers = re.findall(r"[0-9]+", text)
    if len(numbers) == 1 and len(numbers[0]) == 6:
        numbers = [numbers[0][:4], numbers[0][4:]]
    return int(numbers[0]) == day.year and (
        len(numbers) == 1 or int(numbers[1]) == day.month or (numbers[1] == "1" and day.month == 10)
    )


def _contact(cells: Mapping[str, object], doubts: list[Verdict]) -> dict[str, Any]:
    """Phone and e-mail as given, mobiles as eleven digits; odd ones stay as they are and never block a row."""
    cell = cells.get("phone", "")
    phone = "" if _is_blank(cell) else mobile_of(clean(cell)) or clean(cell)
    email = clean(cells.get("email", "")).replace(" ", "")
    if len(phone) > LONGEST["phone"] or len(email) > LONGEST["email"]:
        doubts.append(Verdict.CONTACT_TOO_LONG)
    return {
        "phone": phone if len(phone) <= LONGEST["phone"] else "",
        "email": email if len(email) <= LONGEST["email"] else "",
    }


def _bank_card(cell: object, doubts: list[Verdict]) -> str:
    if isinstance(cell, str):
        cell = clean(cell)
    if _is_blank(cell):
        return ""
    card = cell.replace(" ", "") if type(cell) is str else ""
    if card.isascii() and card.isdigit():
        return card
    if CardWarning.PRECISION_LOST in doubts_about_card(cell):
        doubts.append(Verdict.CARD_PRECISION_LOST)
        return ""
    return tidy_number(cell).replace("-", "")
