"""What a branch has of the fund, as its officer sees it: the lines of one year, their sums, and what moved them."""

from collections.abc import Collection
from dataclasses import dataclass

from core import pagination
from core.pagination import KeysetPage
from finance.enums import Side, YearState
from finance.models import AllotmentShare, BudgetLine, Commitment, FiscalYear
from finance.querysets import BudgetLineQuerySet
from finance.selectors import Sums

PAGE_SIZE = 50


@dataclass(frozen=True)
class BranchFund:
    """One year of the branches' own lines; ``total`` is of the spending ones. ``years``: all that have any."""

    year: FiscalYear | None
    years: list[FiscalYear]
    lines: list[BudgetLine]
    total: Sums


@dataclass(frozen=True)
class LineStory:
    """What moved one line: what was allotted to it, what is still held back, and a page of its entries."""

    allotted: list[AllotmentShare]
    held: list[Commitment]
    page: KeysetPage


def lines_of(branch_ids: Collection[int]) -> BudgetLineQuerySet:
    """The branches' own lines. A budget that is still being planned is nobody's money yet."""
    return BudgetLine.objects.filter(branch__in=branch_ids).exclude(year__state=YearState.PLANNED).named()


def fund_of(branch_ids: Collection[int], *, year: int | None = None) -> BranchFund:
    """The year asked for, or the newest one, in three queries."""
    years = list(FiscalYear.objects.filter(pk__in=lines_of(branch_ids).order_by().values("year")))
    shown = next((one for one in years if one.year == year), years[0] if years else None)
    mine = lines_of(branch_ids).filter(year=shown).order_by("side", "branch__position", "branch", "account__code")
    lines = list(mine) if shown else []
    total = Sums()
    for line in lines:
        if line.side == Side.SPENDING:
            total.add(Sums(None, line.budget, line.reserved, line.spent))
    return BranchFund(shown, years, lines, total)


def story_of(line: BudgetLine, *, after: str = "") -> LineStory:
    """The newest entries of a line, or those behind the cursor ``after``; the rest on the first page only."""
    entries = line.entries.select_related("year")
    page = pagination.page_after(entries, order=("-id",), size=PAGE_SIZE, cursor=after)
    if page.previous:
        return LineStory([], [], page)
    allotted = line.allotment_shares.select_related("allotment").order_by("-pk")
    held = line.commitments.open().select_related("entry")
    return LineStory(list(allotted), list(held), page)
