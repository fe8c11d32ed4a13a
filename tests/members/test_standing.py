"""Where a member stands on a day, both sides of every boundary."""

from datetime import date
from types import SimpleNamespace

import pytest

from members.standing import Standing, standing_on


def period(from_on, until_on=None, *, branch="甲", reason_in="joined", reason_out=""):
    return SimpleNamespace(
        from_on=from_on, until_on=until_on, branch=branch, reason_in=reason_in, reason_out=reason_out
    )


JOINED, MOVED, GONE = date(2015, 9, 1), date(2019, 3, 1), date(2022, 3, 10)


@pytest.mark.parametrize(
    ("day", "on_roll", "last_day"),
    [
        (date(2015, 8, 31), False, None),
        (date(2015, 9, 1), True, None),
        (date(2022, 3, 9), True, None),
        (date(2022, 3, 10), False, date(2022, 3, 9)),
    ],
)
def test_last_day_counts_as_on_the_roll(day, on_roll, last_day):
    standing = standing_on(day, [period(JOINED, GONE, reason_out="retired")])

    assert (standing.on_roll, standing.last_day) == (on_roll, last_day)


@pytest.mark.parametrize(
    ("told", "reason_out", "day", "reason", "died_on"),
    [
        (None, "died", date(2022, 3, 10), "去世", date(2022, 3, 9)),
        (date(2025, 6, 1), "retired", date(2025, 6, 1), "退休", None),  # the last day of what was kept
        (date(2025, 6, 1), "retired", date(2025, 6, 2), "去世", date(2025, 6, 1)),
        (None, "retired", date(2025, 6, 2), "退休", None),
        (date(2022, 3, 9), "died", date(2022, 3, 9), "", None),  # on the roll that day
    ],
)
def test_death_is_told_from_the_next_day_on_whether_on_the_roll_or_kept(told, reason_out, day, reason, died_on):
    standing = standing_on(day, [period(JOINED, GONE, reason_out=reason_out)], died_on=told)

    assert (standing.reason, standing.died_on) == (reason, died_on)


def test_a_change_of_branch_is_no_new_joining():
    periods = [
        period(MOVED, branch="乙", reason_in="branch_change"),
        period(JOINED, MOVED, reason_out="branch_change"),
    ]

    assert standing_on(GONE, periods) == Standing(on_roll=True, branch="乙", since=JOINED)


def test_coming_back_after_a_gap_is_a_new_joining():
    periods = [period(JOINED, date(2018, 1, 1), reason_out="left"), period(MOVED)]

    assert standing_on(GONE, periods).since == MOVED


def test_nobody_without_a_period_is_on_the_roll():
    assert standing_on(GONE, []) == Standing()
    assert standing_on(GONE, [period(date(2030, 1, 1))]) == Standing()
