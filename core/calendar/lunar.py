"""Lunar dates, both ways, and birthdays by either calendar (REGULATIONS.md 6.5)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from lunar_python import LunarYear, Solar

from core.errors import DomainError

FIRST_YEAR, LAST_YEAR = 1901, 2099  # lunar years; the library computes them, cnlunar confirms 2020-2035 in the tests


class LunarError(StrEnum):
    """Why a lunar date was refused."""

    IMPOSSIBLE = "lunar_date_impossible"
    OUT_OF_RANGE = "lunar_date_out_of_range"

    @property
    def label(self) -> str:
        return str(_MESSAGES[self])


_MESSAGES = {
    LunarError.IMPOSSIBLE: _("农历中没有这一天。"),
    LunarError.OUT_OF_RANGE: _("农历日期只支持 1901 至 2099 年。"),
}


class InvalidLunarDate(DomainError, ValueError):
    """There is no such lunar day. ``code`` is a ``LunarError``."""


@dataclass(frozen=True, slots=True, order=True)
class LunarDate:
    """A day of the lunar calendar; ``leap`` says that its month is the leap one (闰六月)."""

    year: int
    month: int
    day: int
    leap: bool = False


def to_lunar(day: date) -> LunarDate:
    """The lunar date of a solar day. Raises ``InvalidLunarDate`` outside the lunar years 1901-2099."""
    for year in (day.year, day.year - 1):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            continue
        for (month, leap), (first, days) in _months(year).items():
            if first <= day < first + timedelta(days=days):
                return LunarDate(year, month, (day - first).days + 1, leap)
    raise InvalidLunarDate(LunarError.OUT_OF_RANGE)


def to_solar(lunar: LunarDate) -> date:
    """The solar day of a lunar date. Raises ``InvalidLunarDate`` if that year has no such month or day."""
    if not FIRST_YEAR <= lunar.year <= LAST_YEAR:
        raise InvalidLunarDate(LunarError.OUT_OF_RANGE)
    first, days = _months(lunar.year).get((lunar.month, lunar.leap), (None, 0))
    if first is None or not 1 <= lunar.day <= days:
        raise InvalidLunarDate(LunarError.IMPOSSIBLE)
    return first + timedelta(days=lunar.day - 1)


def leap_month_of(year: int) -> int | None:
    """The leap month of a lunar year, or None."""
    return next((month for month, leap in _months(year) if leap), None)


def lunar_birthday_in(year: int, month: int, day: int, *, leap: bool = False) -> list[date]:
    """On which days of the *solar* ``year`` a lunar birthday falls: one, none, or two (REGULATIONS.md 6.5).

    A leap-month birthday is kept in the ordinary month where the year lacks that leap month; the 30th on the 29th
    where the month has no 30th. Raises ``InvalidLunarDate`` for a month or day that no year has.
    """
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise InvalidLunarDate(LunarError.IMPOSSIBLE)
    kept = []
    for lunar_year in (year - 1, year):
        if not FIRST_YEAR <= lunar_year <= LAST_YEAR:
            raise InvalidLunarDate(LunarError.OUT_OF_RANGE)
        months = _months(lunar_year)
        first, days = months.get((month, leap)) or months[month, False]
        on = first + timedelta(days=min(day, days) - 1)
        if on.year == year:
            kept.append(on)
    return kept


def lunar_birthday_kept_in(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The one day of the solar ``year`` on which a lunar birthday counts (REGULATIONS.md 6.5: once a solar year).

    Falls it twice, the first; falls it not at all, the last day of the year, so that nobody is left out.
    Raises ``InvalidLunarDate`` like ``lunar_birthday_in``.
    """
    return min(lunar_birthday_in(year, month, day, leap=leap), default=date(year, 12, 31))


@lru_cache(maxsize=64)
def lunar_birthdays_kept_in(year: int) -> dict[tuple[int, int, bool], date]:
    """(month, day, leap) -> the day of the solar ``year`` on which that lunar birthday counts, for all there are."""
    return {
        (month, day, leap): lunar_birthday_kept_in(year, month, day, leap=leap)
        for month in range(1, 13)
        for day in range(1, 31)
        for leap in (False, True)
    }


def solar_birthday_in(year: int, birth_on: date) -> date:
    """The birthday in ``year``; who was born on 29 February keeps it on the 28th in a common year."""
    if (birth_on.month, birth_on.day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return birth_on.replace(year=year)


@lru_cache(maxsize=512)
def _months(year: int) -> dict[tuple[int, bool], tuple[date, int]]:
    """(month, leap) -> (first solar day, number of days) of a lunar year: pure astronomy, safe to keep."""
    months = {}
    for month in LunarYear.fromYear(year).getMonths():
        if month.getYear() == year:
            first = Solar.fromJulianDay(month.getFirstJulianDay())
            months[abs(month.getMonth()), month.getMonth() < 0] = (
                date(first.getYear(), first.getMonth(), first.getDay()),
                month.getDayCount(),
            )
    return months
