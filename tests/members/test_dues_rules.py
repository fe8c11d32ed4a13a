"""What a month costs: REGULATIONS.md 2 (0.5 %, the remainder under ten yuan does not count)."""

from datetime import date
from decimal import Decimal

import pytest

from members.rules.dues import dues_of, may_freeze, next_month

HALF = Decimal("0.5")


@pytest.mark.parametrize(
    ("monthly", "dues"),
    [
        ("4567.80", "22.80"),  # 4,560 counted x 0.5 %
        ("4569.99", "22.80"),
        ("4570.00", "22.85"),  # the next ten counts
        ("4570.01", "22.85"),
        ("9.99", "0.00"),
        ("10.00", "0.05"),
        ("0.00", "0.00"),
        ("12345.00", "61.70"),  # 12,340 x 0.5 %
    ],
)
def test_dues_count_whole_tens(monthly, dues):
    assert dues_of(Decimal(monthly), rate=HALF, remainder_ignored=Decimal(10)) == Decimal(dues)


@pytest.mark.parametrize(
    ("monthly", "dues"),
    [("4567.80", "22.84"), ("4567.00", "22.84"), ("4565.00", "22.83"), ("1.00", "0.01"), ("0.99", "0.00")],
)  # 22.839, 22.835 and 22.825 are rounded half up; 0.005 is a fen, 0.00495 is none
def test_dues_without_a_remainder_rule_round_to_the_fen(monthly, dues):
    assert dues_of(Decimal(monthly), rate=HALF, remainder_ignored=Decimal(0)) == Decimal(dues)


@pytest.mark.parametrize(
    ("today", "month", "may"),
    [
        (date(2026, 11, 30), date(2026, 12, 1), True),
        (date(2026, 11, 30), date(2027, 1, 1), False),
        (date(2026, 12, 1), date(2027, 1, 1), True),
        (date(2026, 12, 31), date(2020, 1, 1), True),
    ],
)
def test_a_list_is_made_a_month_ahead_at_most(today, month, may):
    assert may_freeze(month, today=today) is may


def test_december_is_followed_by_january():
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert next_month(date(2026, 1, 1)) == date(2026, 2, 1)
