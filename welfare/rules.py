"""Welfare's judgements: facts in, verdict out. No ORM, no clock. Amounts are Decimal yuan with two places.

The list of a run is judged in sets by SQL (``welfare/due.py``); a test holds that against ``reason_for``.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from members.enums import EndReason
from welfare.codes import Refusal
from welfare.enums import FESTIVALS, Occasion, OutReason
from welfare.purchase_codes import PurchaseRefusal

LIMIT = Decimal(10) ** 10
AHEAD = 31  # days that a birthday run may be listed before its first day
# What people call an occasion beside its own name.
_CALLED = {
    "端午": Occasion.DRAGON_BOAT,
    "中秋": Occasion.MID_AUTUMN,
    "国庆": Occasion.NATIONAL,
    "五一": Occasion.LABOUR,
    "劳动": Occasion.LABOUR,
    "清明节": Occasion.QINGMING,
    "元旦节": Occasion.NEW_YEAR,
    "生日蛋糕券": Occasion.BIRTHDAY,
    "电影券": Occasion.CINEMA,
    "电影票": Occasion.CINEMA,
    "公园年卡": Occasion.PARK_CARD,
}


class Period(NamedTuple):
    """Days ``[from_on, until_on)`` on the roll; ``reason_out`` is empty while they last."""

    from_on: date
    until_on: date | None
    reason_out: str = ""

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


def occasion_called(text: str) -> Occasion | None:
    """春节, 端午, 电影券 -> the occasion; None where nobody knows it."""
    wanted = text.strip()
    named = {str(occasion.label): occasion for occasion in Occasion}
    return named.get(wanted) or _CALLED.get(wanted)


def reason_for(day: date | None, *, periods: Sequence[Period], kept: bool) -> OutReason:
    """REGULATIONS.md 2 and 6.1: who is on the roll of the day is due; a kept membership has no benefits.

    ``day`` None: his birthday, and nobody knows it. ``periods``: his, those that touch the run's year.
    """
    if day is None:
        return OutReason.NO_BIRTHDAY
    if any(period.holds(day) for period in periods):
        return OutReason.NONE
    before = max((period for period in periods if period.from_on <= day), default=None)
    ended = before.reason_out if before else ""
    if ended in (EndReason.DIED, EndReason.RETIRED):
        return OutReason(ended)
    if kept:
        return OutReason.KEPT
    return OutReason.LEFT if before else OutReason.JOINED_AFTER


def is_over(*, had: Decimal, gets: Decimal, ceiling: Decimal) -> bool:
    """REGULATIONS.md 6.2: a ceiling is what a member may have in all of the year, to the fen."""
    return had + gets > ceiling


def refuse_run(
    *,
    occasion: str,
    name: str,
    eligible_on: date | None,
    month: int | None,
    year: int,
    per_head: Decimal,
    today: date,
) -> Refusal | None:
    """What no run may be: without a name or amount, with a cut-off that its occasion does not have, or to come."""
    if not (per_head.is_finite() and 0 < per_head < LIMIT and per_head == round(per_head, 2)):
        return Refusal.AMOUNT
    if occasion == Occasion.OTHER and is_other_festival(name):
        return Refusal.NOT_A_FESTIVAL
    is_birthday = occasion == Occasion.BIRTHDAY
    if is_birthday != (eligible_on is None) or (month is not None and not is_birthday):
        return Refusal.CUT_OFF
    if eligible_on is not None:
        if eligible_on > today:
            return Refusal.NOT_YET
        return None if eligible_on.year in (year, year - 1) else Refusal.WRONG_YEAR
    return Refusal.NOT_YET if days_of(year, month)[0] > today + timedelta(days=AHEAD) else None


def is_other_festival(name: str) -> bool:
    """总工办发〔2017〕32号: a gift for 妇女节, 教师节 or 儿童节 is not given under another heading."""
    return any(word in name for word in ("妇女节", "三八", "教师节", "儿童节", "六一", "青年节", "重阳节"))


def days_of(year: int, month: int | None) -> tuple[date, date]:
    """First and last day of a birthday run."""
    first, last = date(year, month or 1, 1), month or 12
    return first, (date(year + 1, 1, 1) if last == 12 else date(year, last + 1, 1)) - timedelta(days=1)


def judged_on(*, eligible_on: date | None, year: int, month: int | None) -> date:
    """The day whose rules judge a run: its cut-off, whatever day it is recorded on; of a birthday run its last day,
    because its ceiling is about the whole of what was given by then."""
    return eligible_on or days_of(year, month)[1]


def is_festival(occasion: str) -> bool:
    return occasion in FESTIVALS


def refuse_purchase(*, quantity: int, price: Decimal) -> PurchaseRefusal | None:
    """So many at so much, yuan: whole pieces, to the fen, and a sum that the books can hold."""
    if quantity <= 0:
        return PurchaseRefusal.QUANTITY
    if not (price.is_finite() and price > 0 and price == round(price, 2) and quantity * price < LIMIT):
        return PurchaseRefusal.PRICE
    return None


def share_in_percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """REGULATIONS.md 6.2, 消费帮扶: what of a year's purchases comes from assistance areas; None: nothing was bought.

    One place, cut off and not rounded up: 29.96 is not yet 30.
    """
    if whole <= 0:
        return None
    return (part * 100 / whole).quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def reaches(part: Decimal, whole: Decimal, *, target: Decimal) -> bool:
    """Whether ``part`` is at least ``target`` percent of ``whole``, exactly."""
    return whole > 0 and part * 100 >= whole * target
