"""When somebody reaches the statutory retirement age: 国务院关于渐进式延迟法定退休年龄的办法 (adopted 2024-09-13).

From 2025-01-01 on the age rises by one month for each few months of the old date: men and women cadres one for four,
women workers one for two, until the new age is reached. The ages and steps are policy rows (from memory, mark M);
only the arithmetic is here. 弹性退休, three years earlier or later, is the person's own choice and nobody's due date.
"""

from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from members.enums import Sex, StaffCategory

STARTS = (2025, 1)  # Art 1: the first month of old retirement dates that move
YOUNGEST = 50  # nobody retires by age before


@dataclass(frozen=True)
class Ages:
    """Years of age before the reform and at its end; one month more for every ``step`` months of the old date."""

    old: int
    new: int
    step: int


def kind_of(*, sex: str, category: str) -> str | None:
    """Whose ages count: ``male``, ``cadre`` or ``worker``; a woman without a category is taken for a cadre. None:
    unknown sex. Women of senior title or rank may choose the men's age (组通字〔2015〕14号, M)."""
    if sex == Sex.MALE:
        return "male"
    if sex != Sex.FEMALE:
        return None
    return {StaffCategory.WORKER: "worker", StaffCategory.SENIOR: "male"}.get(
        StaffCategory(category or "cadre"), "cadre"
    )


def retires_on(*, birth_on: date, ages: Ages) -> date:
    """The day on which the statutory age is reached; a day that the month lacks is its last one."""
    old = birth_on.year + ages.old, birth_on.month
    months = (old[0] - STARTS[0]) * 12 + old[1] - STARTS[1]
    later = 0 if months < 0 else min(months // ages.step + 1, (ages.new - ages.old) * 12)
    year, month = divmod(old[0] * 12 + old[1] - 1 + later, 12)
    return date(year, month + 1, min(birth_on.day, monthrange(year, month + 1)[1]))


def born_to_retire_in(year: int, ages: Ages) -> tuple[date, date]:
    """``[first, behind)``: the birth dates whose statutory age is reached in ``year``; the younger retire later."""
    days = range(date(max(year - 80, 1), 1, 1).toordinal(), date(year - 40, 1, 1).toordinal())

    def reached(day: int) -> date:
        return retires_on(birth_on=date.fromordinal(day), ages=ages)

    first, behind = (days[bisect_left(days, date(start, 1, 1), key=reached)] for start in (year, year + 1))
    return date.fromordinal(first), date.fromordinal(behind)
