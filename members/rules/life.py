"""When a membership may begin, change and end: facts in, a refusal out (charter Arts 2, 6-8; REGULATIONS.md 2)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from members.enums import ActKind
from members.life_codes import LifeRefusal

# What must be on paper before the register is changed; the law leaves retirement and death to the school's files.
APPROVED_BY_A_MEETING = frozenset({ActKind.LEFT, ActKind.EXPELLED})
WITH_DOCUMENT = frozenset({ActKind.EXPELLED})
WITH_BASIS = frozenset({ActKind.LEFT, ActKind.EXPELLED, ActKind.CORRECTED})
WITH_OTHER_UNION = frozenset({ActKind.TRANSFERRED_IN, ActKind.TRANSFERRED_OUT})


class Days(NamedTuple):
    """Days ``[from_on, until_on)``."""

    from_on: date
    until_on: date | None


def refuse_papers(kind: str, *, document: str, approved_by: str, basis: str, other_union: str) -> LifeRefusal | None:
    """Charter Art 6: leaving is asked for and announced by the committee. Art 7: an expulsion is discussed, decided
    and reported on paper. 会籍管理办法: a transfer names the other union. A correction says why."""
    if kind in WITH_OTHER_UNION and not other_union:
        return LifeRefusal.UNION_MISSING
    if kind in WITH_DOCUMENT and not document:
        return LifeRefusal.DOCUMENT_MISSING
    if kind in APPROVED_BY_A_MEETING and not approved_by:
        return LifeRefusal.APPROVAL_MISSING
    if kind in WITH_BASIS and not basis:
        return LifeRefusal.BASIS_MISSING
    return None


def refuse_day(*, on: date, today: date, ahead: int | None) -> LifeRefusal | None:
    """Papers come late, so any past day is fine; a day more than ``ahead`` days off is a slip. None: a century."""
    if on.year > today.year + 100:
        return LifeRefusal.TOO_FAR_AHEAD
    if ahead is not None and on > today + timedelta(days=ahead):
        return LifeRefusal.TOO_FAR_AHEAD
    return None


def refuse_end(*, on: date, roll: Sequence[Days], kept: Sequence[Days]) -> LifeRefusal | None:
    """``on`` is the last day of the open period on the roll, or else of the open kept one (both in order)."""
    open_one = _open(roll) or _open(kept)
    if open_one is None:
        return LifeRefusal.ALREADY_ENDED if roll or kept else LifeRefusal.NOT_ON_ROLL
    return LifeRefusal.BEFORE_PERIOD if on < open_one.from_on else None


def refuse_keeping(*, on: date, roll: Sequence[Days], kept: Sequence[Days]) -> LifeRefusal | None:
    """Charter Art 8: who is on the roll may keep his membership; ``on`` is his last day on it."""
    if _open(roll) is None:
        return LifeRefusal.ALREADY_ENDED if roll or kept else LifeRefusal.NOT_ON_ROLL
    return refuse_end(on=on, roll=roll, kept=())


def refuse_move(*, on: date, roll: Sequence[Days], same_branch: bool) -> LifeRefusal | None:
    """``on`` is the first day in the other branch, so at least one day passed in this one."""
    here = _open(roll)
    if here is None:
        return LifeRefusal.ALREADY_ENDED if roll else LifeRefusal.NOT_ON_ROLL
    if same_branch:
        return LifeRefusal.SAME_BRANCH
    return LifeRefusal.BEFORE_PERIOD if on <= here.from_on else None


def refuse_begin(*, on: date, roll: Sequence[Days], kept: Sequence[Days]) -> LifeRefusal | None:
    """``on`` is the first day on the roll: after everything that is recorded, an open kept period excepted."""
    if _open(roll):
        return LifeRefusal.ALREADY_ON_ROLL
    if any(days.until_on is not None and days.until_on > on for days in (*roll, *kept)):
        return LifeRefusal.OVERLAPS
    waiting = _open(kept)
    return LifeRefusal.OVERLAPS if waiting and waiting.from_on >= on else None


def _open(periods: Sequence[Days]) -> Days | None:
    return periods[-1] if periods and periods[-1].until_on is None else None
