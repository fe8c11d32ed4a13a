"""Dues (会费): what a month costs a member. REGULATIONS.md 2 and 8.2; charter of the trade unions of China."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TALK_AFTER_MONTHS = 6  # charter, article 6 (M): six months without dues, not mended after talk: deemed left


def dues_of(monthly: Decimal, *, rate: Decimal, remainder_ignored: Decimal) -> Decimal:
    """Dues of one month in yuan, two places.

    ``monthly``: post and grade pay (岗位工资+薪级工资) in yuan, without bonuses. ``rate`` in per cent (0.5). What is
    left over the last whole ``remainder_ignored`` yuan (10) does not count; 0 counts everything.
    """
    counted = monthly - monthly % remainder_ignored if remainder_ignored else monthly
    return (counted * rate / 100).quantize(CENT, ROUND_HALF_UP)


def first_of_month(day: date) -> date:
    """The month as it is stored: its first day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def may_freeze(month: date, *, today: date) -> bool:
    """The list of a month can be made from the month before on (payroll is made ahead), never later ones."""
    return month <= next_month(first_of_month(today))


def unpaid_to_the_last(months: Sequence[tuple[date, bool]]) -> list[date]:
    """Charter Art 6, 连续六个月: the unpaid months up to the last one listed, no paid or unlisted one between.

    ``months``: first days in order, each with whether it is paid.
    """
    run: list[date] = []
    for month, is_paid in reversed(months):
        if is_paid or (run and next_month(month) != run[0]):
            break
        run.insert(0, month)
    return run
