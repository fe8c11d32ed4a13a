"""The fund's judgements: facts in, verdict out. No ORM, no clock. Amounts are Decimal yuan with two places."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from finance.codes import Refusal
from finance.enums import EntryKind, Side, YearState

LIMIT = Decimal(10) ** 12
ZERO = Decimal("0.00")
# New business belongs to the days of its year; what corrects it may follow until the year is closed.
WITHIN_THE_YEAR = (EntryKind.RESERVE, EntryKind.SPEND, EntryKind.REFUND, EntryKind.INCOME)
REVERSIBLE = (EntryKind.SPEND, EntryKind.REFUND, EntryKind.INCOME)


class Totals(NamedTuple):
    """A line's sums; ``available`` is what may still be reserved or spent."""

    budget: Decimal
    reserved: Decimal
    spent: Decimal
    income: Decimal

    @property
    def available(self) -> Decimal:
        return self.budget - self.reserved - self.spent


def is_amount(amount: Decimal) -> bool:
    """TRUST.md I10: whole fen, below 10**12 yuan; the sign is the kind's affair."""
    return isinstance(amount, Decimal) and amount.is_finite() and abs(amount) < LIMIT and amount == round(amount, 2)


def after(totals: Totals, *, kind: str, amount: Decimal, uses_commitment: bool) -> Totals:
    """The line after one entry (TRUST.md 2.1). A commitment that is spent is reserved no longer: never both."""
    budget, reserved, spent, income = totals
    match kind:
        case EntryKind.BUDGET:
            budget += amount
        case EntryKind.RESERVE:
            reserved += amount
        case EntryKind.SPEND:
            spent += amount
        case EntryKind.REFUND:
            spent -= amount
        case EntryKind.INCOME:
            income += amount
    if uses_commitment:
        reserved -= amount
    return Totals(budget, reserved, spent, income)


def refuse_totals(totals: Totals, *, kind: str) -> Refusal | None:
    """REGULATIONS.md 8.2: no spending without or over the budget; nothing comes back that did not go out."""
    if totals.available < 0:
        return Refusal.BUDGET_IN_USE if kind == EntryKind.BUDGET else Refusal.NOT_COVERED
    if totals.reserved < 0 or totals.spent < 0 or totals.income < 0:
        return Refusal.NOT_THAT_MUCH
    return None


def refuse_period(*, kind: str, reverses: bool, state: str, year: int, on: date) -> Refusal | None:
    """TRUST.md I9: nothing in a closed year, only budgets in a planned one, new business within the year's days."""
    if state == YearState.CLOSED:
        return Refusal.YEAR_CLOSED
    if state == YearState.PLANNED and kind != EntryKind.BUDGET:
        return Refusal.YEAR_NOT_OPEN
    if kind in WITHIN_THE_YEAR and not reverses and on.year != year:
        return Refusal.OUTSIDE_YEAR
    return None


def refuse_allotment(*, on: date, today: date, of_the_union: bool, side: str, heads: int) -> Refusal | None:
    """REGULATIONS.md 6.3: so much per head of a day that is known, from what the union itself may spend."""
    if not of_the_union or side != Side.SPENDING:
        return Refusal.NOT_FROM_THE_UNION
    if on > today:
        return Refusal.DAY_AHEAD
    return None if heads else Refusal.NO_HEADS


def fits_side(kind: str, side: str) -> bool:
    """Income is booked on income lines, everything else but a budget on spending lines."""
    return kind == EntryKind.BUDGET or (kind == EntryKind.INCOME) == (side == Side.INCOME)
