"""What a roster row does to recorded periods: a table of facts and plans (DESIGN.md, decision 2)."""

from datetime import date

import pytest

from members.rules.roster import Period, PeriodPlan, plan_periods

TODAY = date(2023, 3, 1)
HERE, THERE = 1, 2
BEGAN = date(2010, 9, 1)


def open_period(**facts) -> Period:
    return Period(**({"pk": 7, "branch": HERE, "from_on": BEGAN, "until_on": None} | facts))


def ended(until_on: date, reason: str = "retired", **facts) -> Period:
    return open_period(until_on=until_on, reason_out=reason, **facts)


def wanted(**facts) -> Period:
    return open_period(pk=0, **facts)


def wanted_end(until_on: date, **facts) -> Period:
    return ended(until_on, pk=0, **facts)


MARCH_10 = date(2022, 3, 10)
CASES = {
    "nobody yet: his period": ([], wanted(), PeriodPlan(opens=wanted())),
    "the same: nothing": ([open_period()], wanted(), PeriodPlan()),
    "the same and ended: nothing": ([ended(MARCH_10)], wanted_end(MARCH_10), PeriodPlan()),
    "a remark ends the open period": ([open_period()], wanted_end(MARCH_10), PeriodPlan(ends=ended(MARCH_10))),
    "an end before the period began is not done": (
        [open_period(from_on=MARCH_10)],
        wanted_end(MARCH_10, from_on=BEGAN),
        PeriodPlan(differs=True),
    ),
    "another branch: from today on": (
        [open_period()],
        wanted(branch=THERE),
        PeriodPlan(
            ends=ended(TODAY, "branch_change"),
            opens=wanted(branch=THERE, from_on=TODAY, reason_in="branch_change"),
        ),
    ),
    "another branch and an end to come": (
        [open_period()],
        wanted_end(date(2023, 7, 1), branch=THERE),
        PeriodPlan(
            ends=ended(TODAY, "branch_change"),
            opens=wanted_end(date(2023, 7, 1), branch=THERE, from_on=TODAY, reason_in="branch_change"),
        ),
    ),
    "another branch but left before today: only the end": (
        [open_period()],
        wanted_end(TODAY, branch=THERE),
        PeriodPlan(ends=ended(TODAY), differs=True),
    ),
    "a period that began today moves": (
        [open_period(from_on=TODAY)],
        wanted(branch=THERE, from_on=TODAY),
        PeriodPlan(moves=open_period(from_on=TODAY, branch=THERE)),
    ),
    "a period that began yesterday does not": (
        [open_period(from_on=date(2023, 2, 28))],
        wanted(branch=THERE, from_on=date(2023, 2, 28)),
        PeriodPlan(
            ends=ended(TODAY, "branch_change", from_on=date(2023, 2, 28)),
            opens=wanted(branch=THERE, from_on=TODAY, reason_in="branch_change"),
        ),
    ),
    "another joining day is not written over": (
        [open_period()],
        wanted(from_on=date(2011, 9, 1)),
        PeriodPlan(differs=True),
    ),
    "the joining day of the first of two periods is known": (
        [ended(date(2015, 1, 1), "branch_change", branch=THERE), open_period(pk=8, from_on=date(2015, 1, 1))],
        wanted(),
        PeriodPlan(),
    ),
    "left, and joined again": (
        [ended(MARCH_10)],
        wanted(from_on=MARCH_10),
        PeriodPlan(opens=wanted(from_on=MARCH_10)),
    ),
    "left, and the roster has him back the day before": (
        [ended(MARCH_10)],
        wanted(from_on=date(2022, 3, 9)),
        PeriodPlan(differs=True),
    ),
    "left, and the roster knows nothing of it": ([ended(MARCH_10)], wanted(), PeriodPlan(differs=True)),
    "will leave, and the roster knows nothing of it yet": ([ended(date(2023, 3, 2))], wanted(), PeriodPlan()),
    "left today, and the roster knows nothing of it": ([ended(TODAY)], wanted(), PeriodPlan(differs=True)),
    "left on another day": ([ended(MARCH_10)], wanted_end(date(2022, 3, 11)), PeriodPlan(differs=True)),
    "left out of another branch": ([ended(MARCH_10)], wanted_end(MARCH_10, branch=THERE), PeriodPlan(differs=True)),
}


@pytest.mark.parametrize("case", CASES)
def test_plan_periods(case):
    stored, roster, plan = CASES[case]

    assert plan_periods(stored, wanted=roster, as_of=TODAY) == plan
