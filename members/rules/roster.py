"""The register's judgements as pure functions: facts in, a verdict or a plan out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from members.enums import EndReason, JoinReason, Verdict


def refuse_person(
    *, staff_no_usable: bool, seen_before: bool, named: bool, name_is_formula: bool, branch_known: bool
) -> Verdict | None:
    """Why a roster's row is nobody whom the register could take in; the first reason of this order is the verdict.

    A staff number seen in any earlier row of the file, refused or not, is a duplicate: nobody knows which row is
    right, and the first one stands or falls alone.
    """
    if not staff_no_usable:
        return Verdict.STAFF_NO_MISSING
    if seen_before:
        return Verdict.STAFF_NO_DUPLICATE
    if name_is_formula:
        return Verdict.FORMULA_IN_NAME
    if not named:
        return Verdict.NAME_MISSING
    if not branch_known:
        return Verdict.BRANCH_UNKNOWN
    return None


def refuse_days(
    *, birth_on: date | None, hired_on: date | None, starts_on: date | None, until_on: date | None
) -> Verdict | None:
    """A membership needs its first day; nobody joins or is hired before his birth, or leaves before he joined.

    ``until_on`` is the first day no longer on the roll.
    """
    if starts_on is None:
        return Verdict.DATE_MISSING
    if until_on is not None and until_on <= starts_on:
        return Verdict.DATE_IMPOSSIBLE
    if birth_on is not None and (birth_on >= starts_on or (hired_on is not None and birth_on >= hired_on)):
        return Verdict.DATE_IMPOSSIBLE
    return None


class Period(NamedTuple):
    """Days ``[from_on, until_on)`` in one branch; ``pk`` 0 is a period that is not stored yet."""

    pk: int
    branch: int
    from_on: date
    until_on: date | None
    reason_in: str = JoinReason.JOINED
    reason_out: str = ""


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """What one roster row does to a person's stored periods. ``ends`` and ``moves`` carry the period's new state."""

    ends: Period | None = None
    moves: Period | None = None
    opens: Period | None = None
    differs: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.ends or self.moves or self.opens)

    @property
    def leaving(self) -> Period | None:
        """The period with which the membership ends; a change of branch ends none."""
        ended = (period for period in (self.opens, self.moves, self.ends) if period and period.until_on)
        return next((period for period in ended if period.reason_out != EndReason.BRANCH_CHANGE), None)


def plan_periods(stored: Sequence[Period], *, wanted: Period, as_of: date) -> PeriodPlan:
    """Bring a person's periods (in order) in line with the roster from ``as_of`` on, rewriting nothing before.

    No period yet, or a joining day after the last one ended: a new period. Still on the roll: the roster may end the
    period, or change the branch as of ``as_of``. Anything else that the roster says of recorded days is not done:
    ``differs``.
    """
    if not stored:
        return PeriodPlan(opens=wanted)
    last = stored[-1]
    differs = all(period.from_on != wanted.from_on for period in stored)
    if last.until_on is None:
        return _plan_open(last, wanted=wanted, as_of=as_of, differs=differs)
    if wanted.from_on >= last.until_on:
        return PeriodPlan(opens=wanted)
    left_later = wanted.until_on is None and last.until_on > as_of  # an end in the future that the roster leaves out
    same_end = wanted.until_on == last.until_on or left_later
    return PeriodPlan(differs=differs or not same_end or wanted.branch != last.branch)


def _plan_open(last: Period, *, wanted: Period, as_of: date, differs: bool) -> PeriodPlan:
    if wanted.until_on is not None and wanted.until_on <= last.from_on:
        return PeriodPlan(differs=True)
    left = last._replace(until_on=wanted.until_on, reason_out=wanted.reason_out)
    if wanted.branch == last.branch:
        return PeriodPlan(ends=left if wanted.until_on else None, differs=differs)
    if wanted.until_on is not None and wanted.until_on <= as_of:  # left before the branch could change
        return PeriodPlan(ends=left, differs=True)
    if last.from_on >= as_of:  # not a day of it has passed: put right, not rewritten
        return PeriodPlan(moves=left._replace(branch=wanted.branch), differs=differs)
    return PeriodPlan(
        ends=last._replace(until_on=as_of, reason_out=EndReason.BRANCH_CHANGE),
        opens=wanted._replace(from_on=as_of, reason_in=JoinReason.BRANCH_CHANGE),
        differs=differs,
    )
