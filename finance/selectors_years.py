"""Two or three years beside each other, head by head: budget, what came in or was spent, and how much that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from finance.models import FiscalYear
from finance.selectors import Head, Sums, statement_of

MOST = 3


@dataclass(frozen=True)
class Row:
    """One head; ``cells`` are its figures in each of ``years``. ``kind``: "", sub, total."""

    code: str
    name: str
    kind: str
    years: list[FiscalYear]
    cells: list[Sums]

    @property
    def by_year(self) -> list[tuple[FiscalYear, Sums]]:
        return list(zip(self.years, self.cells, strict=True))

    @property
    def is_used(self) -> bool:
        return any(cell.budget or cell.actual for cell in self.cells)


@dataclass(frozen=True)
class Comparison:
    """The heads of each side in their order, those above without any figure left out; the sums stand last."""

    years: list[FiscalYear]
    income: list[Row]
    spending: list[Row]


def years_to(year: FiscalYear, number: int) -> list[FiscalYear]:
    """``number`` years up to this one, the oldest first; fewer where the house has fewer."""
    known = FiscalYear.objects.filter(year__gt=year.year - number, year__lte=year.year)
    return list(known.order_by("year"))


def comparison_of(years: list[FiscalYear]) -> Comparison:
    """In four queries a year."""
    statements = [statement_of(year) for year in years]
    income = _rows(years, [one.income for one in statements], [one.income_total for one in statements])
    spending = _rows(years, [one.spending for one in statements], [one.spending_total for one in statements])
    return Comparison(years, income, spending)


def _rows(years: list[FiscalYear], sides: Sequence[list[Head]], totals: list[Sums]) -> list[Row]:
    """A head that a year does not have is empty in it; ordered by number, each below its own head."""
    rows: dict[tuple[str, str], Row] = {}
    for place, heads in enumerate(sides):
        for head in heads:
            for one, below in ((head, ""), *((sub, sub.account.code) for sub in head.below)):
                nothing = [Sums() for _year in years]
                made = Row(one.account.code, one.account.name, "sub" if below else "", years, nothing)
                rows.setdefault((head.account.code, below), made).cells[place] = one.sums
    used = [row for _place, row in sorted(rows.items()) if row.is_used]
    return [*used, Row("", "", "total", years, totals)]
