"""Where a member stands on a day, from the periods already read. Standard library and enums only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from members.enums import EndReason, JoinReason


@dataclass(frozen=True)
class Standing:
    """``branch`` is the last one; ``since`` the day of joining (branch changes skipped), ``last_day`` on the roll."""

    on_roll: bool = False
    branch: Any = None
    since: date | None = None
    last_day: date | None = None
    reason: str = ""


def standing_on(day: date, periods: Iterable[Any]) -> Standing:
    """Standing of one member from his ``Membership`` rows, in any order; periods that begin later are not yet."""
    begun = sorted((period for period in periods if period.from_on <= day), key=lambda period: period.from_on)
    if not begun:
        return Standing()
    last = begun[-1]
    on_roll = last.until_on is None or last.until_on > day
    return Standing(
        on_roll=on_roll,
        branch=last.branch,
        since=_joined_on(begun),
        last_day=None if on_roll else last.until_on - timedelta(days=1),
        reason="" if on_roll else str(EndReason(last.reason_out).label),
    )


def _joined_on(begun: list[Any]) -> date:
    """The first day of the unbroken stay that ends with the last period."""
    since = begun[-1].from_on
    for earlier, later in zip(reversed(begun[:-1]), reversed(begun[1:]), strict=True):
        if later.reason_in != JoinReason.BRANCH_CHANGE or earlier.until_on != later.from_on:
            break
        since = earlier.from_on
    return since
