"""On which days a member keeps his birthday, by the calendar of his choice (REGULATIONS.md 6.5)."""

from collections.abc import Iterator
from datetime import date
from itertools import count, islice

from core.calendar.lunar import LAST_YEAR, lunar_birthday_kept_in, solar_birthday_in
from members.enums import BirthdayCalendar


def birthday_in(
    year: int, *, calendar: str, birth_on: date | None, month: int | None, day: int | None, leap: bool
) -> date | None:
    """The one day of the solar ``year``; None where the birth date is unknown."""
    if calendar == BirthdayCalendar.LUNAR and month and day:
        return lunar_birthday_kept_in(year, month, day, leap=leap)
    return solar_birthday_in(year, birth_on) if birth_on else None


def next_birthdays(today: date, *, times: int = 3, **choice) -> list[date]:
    """The next ``times`` of them from ``today`` on; ``choice`` as in ``birthday_in``."""

    def coming() -> Iterator[date]:
        for year in count(today.year):
            kept = birthday_in(year, **choice) if year <= LAST_YEAR else None
            if kept is None:
                return
            if kept >= today:
                yield kept

    return list(islice(coming(), times))
