"""What the fund looks like: a year's statement by heads, as page, 预算表 and 决算表 show it (REGULATIONS.md 8.2)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from finance.enums import Side
from finance.models import Account, BudgetLine, FiscalYear
from finance.rules import ZERO


@dataclass
class Sums:
    """Of a head, or of a whole side, in yuan. ``actual``: what came in, or was spent. ``last``: that of the year
    before, None where the house does not have that year."""

    last: Decimal | None = None
    budget: Decimal = ZERO
    reserved: Decimal = ZERO
    actual: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """What may still be spent; on the income side what has not come in yet."""
        return self.budget - self.reserved - self.actual

    @property
    def share(self) -> Decimal | None:
        """How much of the budget is done, in percent with one place; None where there is none."""
        return (self.actual * 100 / self.budget).quantize(Decimal("0.1")) if self.budget else None

    def add(self, other: "Sums") -> None:
        self.budget += other.budget
        self.reserved += other.reserved
        self.actual += other.actual
        if other.last is not None:
            self.last = (self.last or ZERO) + other.last


@dataclass
class Head:
    """A head and what is below it, with its own figures and theirs. ``projects``: what its lines are for, and in how
    many branches (0: the union's own)."""

    account: Account
    sums: Sums = field(default_factory=Sums)
    below: list["Head"] = field(default_factory=list)
    projects: Counter[tuple[str, bool]] = field(default_factory=Counter)

    @property
    def is_used(self) -> bool:
        return bool(self.sums.budget or self.sums.reserved or self.sums.actual or self.sums.last or self.projects)

    @property
    def note(self) -> str:
        """运动会；分工会活动经费（11个分工会）."""
        told = []
        for (project, in_branches), number in self.projects.items():
            where = _("%(number)s个分工会") % {"number": number}
            told.append(project if not in_branches else f"{project}（{where}）" if project else where)
        return "；".join(filter(None, told))


@dataclass(frozen=True)
class Statement:
    """One year. ``carried`` and ``drawn``: (year before, this year)."""

    year: FiscalYear
    before: FiscalYear | None
    income: list[Head]
    spending: list[Head]
    income_total: Sums
    spending_total: Sums

    @property
    def balance(self) -> Decimal:
        """结转／结余 as the budget plans it: what was carried over, more income, less spending."""
        return self.year.carried_over + self.income_total.budget - self.spending_total.budget

    @property
    def actual_balance(self) -> Decimal:
        return self.year.carried_over + self.income_total.actual - self.spending_total.actual

    @property
    def last_balance(self) -> Decimal | None:
        if self.before is None:
            return None
        earned, spent = self.income_total.last or ZERO, self.spending_total.last or ZERO
        return self.before.carried_over + earned - spent


def statement_of(year: FiscalYear) -> Statement:
    """In four queries, whatever the number of lines."""
    before = FiscalYear.objects.filter(year=year.year - 1).first()
    heads = {account.pk: Head(account) for account in Account.objects.select_related("parent").order_by("code")}
    if before is not None:
        for head in heads.values():
            head.sums.last = ZERO
        for account, actual in _actuals(before).items():
            heads[account].sums.last = actual
    for line in BudgetLine.objects.filter(year=year).order_by("pk"):
        head = heads[line.account_id]
        head.sums.add(Sums(None, line.budget, line.reserved, line.income + line.spent))
        head.projects[line.project, line.branch_id is not None] += 1
    sides = {side: _tree(heads, side) for side in Side}
    return Statement(
        year, before, sides[Side.INCOME], sides[Side.SPENDING], _sum(sides[Side.INCOME]), _sum(sides[Side.SPENDING])
    )


def _actuals(year: FiscalYear) -> dict[int, Decimal]:
    rows = BudgetLine.objects.filter(year=year).values("account").annotate(income=Sum("income"), spent=Sum("spent"))
    return {row["account"]: row["income"] + row["spent"] for row in rows}


def _tree(heads: dict[int, Head], side: str) -> list[Head]:
    """The heads of one side: all that are in use or switched on, below each its sub-heads in use."""
    below: dict[int, list[Head]] = defaultdict(list)
    for head in heads.values():
        if head.account.parent_id and head.is_used:
            below[head.account.parent_id].append(head)
    tops = []
    for head in heads.values():
        if head.account.side != side or head.account.parent_id:
            continue
        head.below = below[head.account.pk]
        for sub in head.below:
            head.sums.add(sub.sums)
        if head.is_used or head.account.is_active:
            tops.append(head)
    return tops


def _sum(heads: list[Head]) -> Sums:
    total = Sums()
    for head in heads:
        total.add(head.sums)
    return total


def left_over(year: int) -> Decimal | None:
    """What the year before leaves to ``year``: proposed as 上年结转; None where the house does not have it."""
    before = FiscalYear.objects.filter(year=year - 1).first()
    return max(statement_of(before).actual_balance, ZERO) if before else None
