"""The fund's judgements, on both sides of every threshold."""

from datetime import date
from decimal import Decimal

import pytest

from finance import rules
from finance.codes import Refusal
from finance.enums import EntryKind, Side, YearState
from finance.rules import Totals


def totals(budget: str, reserved: str = "0", spent: str = "0", income: str = "0") -> Totals:
    return Totals(Decimal(budget), Decimal(reserved), Decimal(spent), Decimal(income))


@pytest.mark.parametrize(
    ("amount", "fits"),
    [
        (Decimal("0.01"), True),
        (Decimal("0.010"), True),
        (Decimal("0.011"), False),
        (Decimal("999999999999.99"), True),
        (Decimal("1000000000000"), False),
        (Decimal("-999999999999.99"), True),
        (Decimal("NaN"), False),
        (Decimal("-Infinity"), False),
        (1, False),
        ("1.00", False),
    ],
)
def test_an_amount_is_whole_fen_below_the_limit(amount, fits):
    assert rules.is_amount(amount) is fits


@pytest.mark.parametrize(
    ("kind", "uses", "expected"),
    [
        (EntryKind.BUDGET, False, totals("110", "30", "40")),
        (EntryKind.RESERVE, False, totals("100", "40", "40")),
        (EntryKind.RELEASE, True, totals("100", "20", "40")),
        (EntryKind.SPEND, False, totals("100", "30", "50")),
        (EntryKind.SPEND, True, totals("100", "20", "50")),
        (EntryKind.REFUND, False, totals("100", "30", "30")),
        (EntryKind.INCOME, False, totals("100", "30", "40", "10")),
    ],
)
def test_what_each_kind_does_to_its_line(kind, uses, expected):
    assert rules.after(totals("100", "30", "40"), kind=kind, amount=Decimal(10), uses_commitment=uses) == expected


@pytest.mark.parametrize(
    ("line", "kind", "refusal"),
    [
        (totals("100", "30", "70"), EntryKind.SPEND, None),
        (totals("100", "30", "70.01"), EntryKind.SPEND, Refusal.NOT_COVERED),
        (totals("100", "30.01", "70"), EntryKind.RESERVE, Refusal.NOT_COVERED),
        (totals("99.99", "30", "70"), EntryKind.BUDGET, Refusal.BUDGET_IN_USE),
        (totals("100", "0", "0"), EntryKind.REFUND, None),
        (totals("100", "0", "-0.01"), EntryKind.REFUND, Refusal.NOT_THAT_MUCH),
        (totals("100", "-0.01", "0"), EntryKind.RELEASE, Refusal.NOT_THAT_MUCH),
        (totals("100", "0", "0", "-0.01"), EntryKind.INCOME, Refusal.NOT_THAT_MUCH),
    ],
)
def test_cover_to_the_fen(line, kind, refusal):
    assert rules.refuse_totals(line, kind=kind) is refusal


FIRST, LAST, NEXT = date(2022, 1, 1), date(2022, 12, 31), date(2023, 1, 1)
OPEN, PLANNED, CLOSED = YearState.OPEN, YearState.PLANNED, YearState.CLOSED


@pytest.mark.parametrize(
    ("kind", "reverses", "state", "on", "refusal"),
    [
        (EntryKind.SPEND, False, OPEN, FIRST, None),
        (EntryKind.SPEND, False, OPEN, LAST, None),
        (EntryKind.SPEND, False, OPEN, NEXT, Refusal.OUTSIDE_YEAR),
        (EntryKind.SPEND, False, OPEN, date(2021, 12, 31), Refusal.OUTSIDE_YEAR),
        (EntryKind.SPEND, True, OPEN, NEXT, None),
        (EntryKind.RELEASE, False, OPEN, NEXT, None),
        (EntryKind.BUDGET, False, OPEN, NEXT, None),
        (EntryKind.BUDGET, False, PLANNED, date(2021, 12, 1), None),
        (EntryKind.RESERVE, False, PLANNED, FIRST, Refusal.YEAR_NOT_OPEN),
        (EntryKind.INCOME, False, PLANNED, FIRST, Refusal.YEAR_NOT_OPEN),
        (EntryKind.BUDGET, False, CLOSED, LAST, Refusal.YEAR_CLOSED),
        (EntryKind.SPEND, True, CLOSED, NEXT, Refusal.YEAR_CLOSED),
    ],
)
def test_which_day_an_entry_may_have(kind, reverses, state, on, refusal):
    assert rules.refuse_period(kind=kind, reverses=reverses, state=state, year=2022, on=on) is refusal


@pytest.mark.parametrize("side", Side.values)
@pytest.mark.parametrize("kind", EntryKind.values)
def test_income_is_booked_on_income_lines_and_nothing_else_but_their_plan(kind, side):
    expected = kind == EntryKind.BUDGET or (kind == EntryKind.INCOME) is (side == Side.INCOME)

    assert rules.fits_side(kind, side) is expected


def test_every_refusal_has_words():
    """Those with figures get theirs where they are made (services/posting.py)."""
    with_figures = {
        *("NOT_COVERED", "BUDGET_IN_USE", "NOT_THAT_MUCH", "COMMITMENT_USED_UP", "WRONG_SIDE", "REFUND_TOO_HIGH"),
        *("YEAR_CLOSED", "YEAR_NOT_OPEN", "OUTSIDE_YEAR", "YEAR_STATE", "YEAR_NOT_OVER", "COMMITMENTS_OPEN"),
    }

    assert {refusal.name for refusal in Refusal if refusal.label == refusal.value} == with_figures
