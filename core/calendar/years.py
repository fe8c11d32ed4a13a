"""Whole years back from a day."""

from datetime import date


def years_before(day: date, years: int) -> date:
    """The same day ``years`` ago, 29 February as the 28th: the latest birth date of whoever is ``years`` old on it.

    Who was born on 29 February is a year older on 1 March of common years.
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
