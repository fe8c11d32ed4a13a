"""How many honours, by year and level."""

from dataclasses import dataclass

from django.db.models import Count

from members.enums import HonourLevel, HonourState
from members.models import Honour


@dataclass(frozen=True)
class HonourYear:
    """One year's confirmed honours: ``counts`` in the order of ``HonourLevel``."""

    year: int
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


def honours_by_year() -> list[HonourYear]:
    """Confirmed ones, the newest year first; one query."""
    counted = Honour.objects.filter(state=HonourState.CONFIRMED).order_by()
    rows = counted.values_list("year", "level").annotate(n=Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for year, level, n in rows:
        found.setdefault(year, {})[level] = n
    return [
        HonourYear(year, tuple(found[year].get(level, 0) for level in HonourLevel.values))
        for year in sorted(found, reverse=True)
    ]
