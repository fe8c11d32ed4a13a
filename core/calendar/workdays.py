"""Working days with the State Council's make-up days: the table first, the library's years next, else the week.

Every call reads the table once, so that a day that somebody corrects counts from the next request on, everywhere.
Rows win day by day. What is cached here is constant data of the installed library.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import holidays

from core.models import CalendarDay

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class DayStatus(NamedTuple):
    """Whether people work on a day, why not (or why), and whether the State Council's notice is still to come."""

    is_working: bool
    name: str
    provisional: bool


def status_of(day: date) -> DayStatus:
    """One day: the row of ``CalendarDay`` if there is one, else what the library knows, else the plain week."""
    return _Days(day, day).status_of(day)


def is_working_day(day: date) -> bool:
    return status_of(day).is_working


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day`` (before it if negative); ``day`` does not count."""
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    days = _Days(*sorted((day, day + step * (abs(count) * 2 + 30))))
    left = abs(count)
    while left:
        day += step
        left -= days.status_of(day).is_working
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and with ``end``: undoes ``add_working_days``; negative backwards."""
    if end < start:
        return -_working(end, start - _ONE_DAY)
    return _working(start + _ONE_DAY, end)


def is_provisional(year: int) -> bool:
    """True while neither the library nor the table holds the year's make-up days: deadlines in it may move.

    A confirmed row with a weekend day worked is the sign of the notice: a school's own day off is none.
    """
    if library_knows(year):
        return False
    confirmed = CalendarDay.objects.filter(day__year=year, is_workday=True, provisional=False)
    return not confirmed.filter(day__iso_week_day__gte=6).exists()


@lru_cache(maxsize=64)
def library_knows(year: int) -> bool:
    """The library holds the State Council's notice: it lists make-up days, and no year since 2001 was without."""
    return any(day.year == year for day in _library(year).weekend_workdays)


@lru_cache(maxsize=64)
def library_overrides(year: int) -> dict[date, tuple[bool, str]]:
    """Where the year departs from the week: day -> (worked, name). Without a notice: statutory holidays only."""
    known = _library(year)
    off = {day: (False, name) for day, name in known.items() if day.year == year and day.weekday() < _SATURDAY}
    worked = {day: (True, "调休上班") for day in known.weekend_workdays if day.year == year}
    return off | worked


def _library(year: int):
    """With the next year's notice, which may take a day of this December."""
    return holidays.country_holidays("CN", years=(year, year + 1), language="zh_CN")


class _Days:
    """The days of one span, the table read once; beyond it a day costs a query more."""

    def __init__(self, first: date, last: date) -> None:
        self._first, self._last = first, last
        rows = CalendarDay.objects.filter(day__range=(first, last))
        self._provisional: dict[int, bool] = {}
        self._rows = {row.day: DayStatus(row.is_workday, row.name, row.provisional) for row in rows}

    def status_of(self, day: date) -> DayStatus:
        if not self._first <= day <= self._last:
            return status_of(day)
        if day in self._rows:
            return self._rows[day]
        if day.year not in self._provisional:
            self._provisional[day.year] = is_provisional(day.year)
        working, name = library_overrides(day.year).get(day, (day.weekday() < _SATURDAY, ""))
        return DayStatus(working, name, self._provisional[day.year])


def _working(first: date, last: date) -> int:
    days = _Days(first, last)
    return sum(days.status_of(first + timedelta(days=n)).is_working for n in range((last - first).days + 1))
