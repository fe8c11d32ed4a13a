"""Dates as offices write them, read exactly or refused: a date is never guessed (TRUST.md 5.1 D4)."""

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

_YEARS = range(1900, 2101)
_LONGEST = 40  # characters: nothing longer is a date, and no pattern below ever sees it
# Excel's 1900 system from 1 March 1900 on; before, it believes in a 29 February 1900.
_EXCEL_EPOCH = date(1899, 12, 30)
_BEHIND_1900 = 1462  # days: what a serial of the 1904 system is smaller by
# 1910-01-02 to 2100-01-01. Below lie the year numbers (2022 is no serial of 1905), above only typing errors.
_SERIALS = range(3655, 73052)

_FULL = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})"
    r"|年([0-9]{1,2})月([0-9]{1,2})[日号]?|([0-9]{2})([0-9]{2}))"
)
_MIDNIGHT = re.compile(r"(?:\s+|T)0{1,2}:00(?::00(?:\.0+)?)?$")
_NO_DAY = re.compile(r"(19|20)[0-9]{2}(?:[-/.][0-9]{1,2}|年(?:[0-9]{1,2}月)?|[0-9]{2})?")
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}(\.0+)?")
_SPACES = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")  # 2022 年 3 月 9 日, but 2022 11 12 stays unreadable
_ENDING = re.compile(r"(?:已?于)?([0-9][0-9年月日号./-]*?)(退休|调出|去世|退会|离职)[。.;；]?")


class DateError(StrEnum):
    """Why a date was refused."""

    IMPOSSIBLE = "date_impossible"
    UNREADABLE = "date_unreadable"
    DAY_MISSING = "date_day_missing"
    OUT_OF_RANGE = "date_out_of_range"

    @property
    def label(self) -> str:
        return str(_MESSAGES[self])


_MESSAGES = {
    DateError.IMPOSSIBLE: _("日期不存在。"),
    DateError.UNREADABLE: _("无法识别的日期，请写成 2022-03-09 的样子。"),
    DateError.DAY_MISSING: _("日期缺少“日”，请写明年月日。"),
    DateError.OUT_OF_RANGE: _("日期不在 1900 至 2100 年之间，请核对。"),
}


class InvalidDate(DomainError, ValueError):
    """This is no date. ``code`` is a ``DateError``."""


class Ending(NamedTuple):
    """A membership's end out of a remark: its last day and the word for why."""

    on: date
    word: str


def parse_date(value: object) -> date | None:
    """The day that a cell or a form field means; None for an empty one. Raises ``InvalidDate``.

    Text: 2022-03-09, 2022/3/9, 2022.3.9, 20220309, 2022年3月9日, also full-width, spaced or with midnight behind it;
    Excel's serial number (1900 system) as number or five digits; 20220309 as a number. A month without a day
    (2022-03, 出生年月) is refused with a code of its own, for no day would be true.
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST:
            raise InvalidDate(DateError.UNREADABLE)
        return _from_text(text)
    if value is None:
        return None
    if isinstance(value, datetime):
        return _in_range(value.date())
    if isinstance(value, date):
        return _in_range(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    raise InvalidDate(DateError.UNREADABLE)


def as_of_1900(value: object) -> object:
    """A cell of a workbook that counts days from 1904, as the 1900 system would hold it; only serials change."""
    if isinstance(value, str):
        plain = _tidy(value) if len(value) <= _LONGEST else ""
        return as_of_1900(float(plain)) if _SERIAL.fullmatch(plain) else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return value
    return value + _BEHIND_1900 if int(value) + _BEHIND_1900 in _SERIALS else value


def ending_remark(text: str) -> Ending | None:
    """``2022年3月9日退休`` -> (2022-03-09, 退休): the remark with which an office ends a membership after that day.

    Words: 退休, 调出, 去世, 退会, 离职. Anything beyond such a remark (再返聘, 拟退休) is left to people: None.
    Raises ``InvalidDate`` if the remark is one but its date is none.
    """
    found = _ENDING.fullmatch(_tidy(text)) if len(text) <= _LONGEST * 2 else None
    if not found:
        return None
    on = parse_date(found[1])
    return Ending(on, found[2]) if on else None


@lru_cache(maxsize=65536)  # a roster of 100,000 people has some 15,000 different days
def _from_text(text: str) -> date | None:
    plain = _tidy(text)
    if not plain:
        return None
    found = _FULL.fullmatch(plain)
    if found:
        year, month, day = (int(part) for part in found.groups() if part is not None)
        return _day(year, month, day)
    if _SERIAL.fullmatch(plain) or _EIGHT_DIGITS.fullmatch(plain):
        return _from_number(float(plain))
    raise InvalidDate(DateError.DAY_MISSING if _NO_DAY.fullmatch(plain) else DateError.UNREADABLE)


def _tidy(text: str) -> str:
    """Narrow characters; no midnight behind the date, no spaces but those between two digits."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("'")
    return _SPACES.sub("", _MIDNIGHT.sub("", plain))


def _from_number(value: float) -> date:
    if not math.isfinite(value):
        raise InvalidDate(DateError.UNREADABLE)
    whole = int(value)
    if 19000000 <= whole < 21010000 and whole == value:  # 20220309 that Excel took for a number
        return _day(whole // 10000, whole // 100 % 100, whole % 100)
    if whole in _YEARS or (190001 <= whole <= 210012 and whole == value):  # 2022, 1985.2, 202203
        raise InvalidDate(DateError.DAY_MISSING)
    if whole not in _SERIALS:
        raise InvalidDate(DateError.OUT_OF_RANGE)
    return _EXCEL_EPOCH + timedelta(days=whole)


def _day(year: int, month: int, day: int) -> date:
    if year not in _YEARS:
        raise InvalidDate(DateError.OUT_OF_RANGE)
    try:
        return date(year, month, day)
    except ValueError:
        raise InvalidDate(DateError.IMPOSSIBLE) from None


def _in_range(day: date) -> date:
    if day.year not in _YEARS:
        raise InvalidDate(DateError.OUT_OF_RANGE)
    return day
