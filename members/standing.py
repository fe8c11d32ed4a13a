"""Where a member stands on a day, from the periods already read. Standard library and enums only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from members.enums import EndReason, JoinReason


@dataclass(frozen=True)
class Standing:
    """``branch`` is the last one; ``since`` the day of joining (branch changes skipped), ``last_day`` on the roll.

    ``died_on``: the day of death, on the roll or while the membership was kept.
    """

    on_roll: bool = False
    branch: Any = None
    since: date | None = None
    last_day: date | None = None
    reason: str = ""
    died_on: date | None = None


def standing_on(day: date, periods: Iterable[Any], *, died_on: date | None = None) -> Standing:
    """Standing of one member from his ``Membership`` rows, in any order; periods that begin later are not yet.

    ``died_on``: what his acts tell of his death (``deaths_of``); a period that ended so tells it by itself.
    """
    begun = sorted((period for period in periods if period.from_on <= day), key=lambda period: period.from_on)
    if not begun:
        return Standing()
    last = begun[-1]
    on_roll = last.until_on is None or last.until_on > day
    if on_roll:
        return Standing(on_roll=True, branch=last.branch, since=_joined_on(begun))
    last_day, ended = last.until_on - timedelta(days=1), EndReason(last.reason_out)
    if ended == EndReason.DIED:
        died_on = last_day
    elif died_on is not None and died_on < day:
        ended = EndReason.DIED
    else:
        died_on = None
    return Standing(
        branch=last.branch, since=_joined_on(begun), last_day=last_day, reason=str(ended.label), died_on=died_on
    )


def _joined_on(begun: list[Any]) -> date:
    """The first day of the unbroken stay that ends with the last period."""
    since = begun[-1].from_on
    for earlier, later in zip(reversed(begun[:-1]), reversed(begun[1:]), strict=True):
        if later.reason_in != JoinReason.BRANCH_CHANGE or earlier.until_on != later.from_on:
            break
        since = earlier.from_on
    return since
