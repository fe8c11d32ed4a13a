"""Staff homes (教工小家): the branch scores itself, the union scores it, the grade follows from dated thresholds."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, Sum
from django_fsm import can_proceed

from core import audit, policies
from core.constraints import refused_by
from core.enums import Role
from core.errors import DomainError
from core.models import User
from members.models import Branch, HomeAssessment, HomeScore, HomeStandard
from members.rules import homes as rules
from members.rules.homes import Bounds, HomeRefusal, Line

KEYS = ("members.home.passed", "members.home.advanced", "members.home.model", "members.home.block_least")
SUGGESTED = Bounds(Decimal(60), Decimal(85), Decimal(95), Decimal(70))  # where the school has no row


class CannotAssess(DomainError):
    """Against a rule of staff homes; ``code`` is a ``HomeRefusal``."""


class Score(NamedTuple):
    points: Decimal | None
    note: str = ""


def standard_of(year: int) -> HomeStandard | None:
    """The sheet in force in that year."""
    open_then = Q(until_year__isnull=True) | Q(until_year__gt=year)
    return HomeStandard.objects.filter(open_then, from_year__lte=year).first()


@transaction.atomic
def start(*, branch: Branch, year: int, actor: User, at: datetime) -> HomeAssessment:
    """An empty sheet of the year for the branch, by its officer."""
    if not _may_fill(actor, branch.pk):
        raise PermissionDenied
    standard = standard_of(year)
    if standard is None:
        raise CannotAssess(HomeRefusal.NO_STANDARD)
    if standard.criteria.aggregate(all=Sum("points"))["all"] != rules.FULL:
        raise CannotAssess(HomeRefusal.NOT_A_HUNDRED)
    with refused_by(home_once_a_year=lambda: CannotAssess(HomeRefusal.TAKEN)):
        made = HomeAssessment.objects.create(branch=branch, year=year, standard=standard)
    HomeScore.objects.bulk_create([HomeScore(assessment=made, criterion=one) for one in standard.criteria.all()])
    _record("created", made, actor, at)
    return made


@transaction.atomic
def fill(
    *, assessment: HomeAssessment, scores: Mapping[int, Score], submit: bool, actor: User, at: datetime
) -> HomeAssessment:
    """The branch's own scores by the score's id; with ``submit`` every line must have one."""
    assessment = HomeAssessment.objects.select_for_update().get(pk=assessment.pk)
    if not _may_fill(actor, assessment.branch_id):
        raise PermissionDenied
    if not can_proceed(assessment.submit):
        raise CannotAssess(HomeRefusal.WRONG_STATE)
    _write(assessment, scores, "own", complete=submit)
    if submit:
        assessment.submitted_by, assessment.submitted_at, assessment.said = actor, at, ""
        assessment.submit()
        assessment.save(update_fields=["state", "submitted_by", "submitted_at", "said"])
    _record("submitted" if submit else "changed", assessment, actor, at)
    return assessment


@transaction.atomic
def send_back(*, assessment: HomeAssessment, reason: str, actor: User, at: datetime) -> HomeAssessment:
    """Back to the branch with a reason."""
    assessment = _to_score(assessment, actor)
    if not can_proceed(assessment.send_back):
        raise CannotAssess(HomeRefusal.WRONG_STATE)
    if not reason.strip():
        raise CannotAssess(HomeRefusal.NO_REASON)
    assessment.said = reason.strip()
    assessment.send_back()
    assessment.save(update_fields=["state", "said"])
    _record("returned", assessment, actor, at, basis=assessment.said)
    return assessment


@transaction.atomic
def score(*, assessment: HomeAssessment, scores: Mapping[int, Score], actor: User, at: datetime) -> HomeAssessment:
    """The union's scores of every line; the grade by the thresholds in force at the end of the year."""
    assessment = _to_score(assessment, actor)
    if not can_proceed(assessment.score):
        raise CannotAssess(HomeRefusal.WRONG_STATE)
    lines = _write(assessment, scores, "given", complete=True)
    bounds, judged_by = bounds_on(date(assessment.year, 12, 31))
    assessment.grade, assessment.graded_by = rules.grade_of(lines, bounds), judged_by
    assessment.scored_by, assessment.scored_at = actor, at
    assessment.score()
    assessment.save(update_fields=["state", "grade", "graded_by", "scored_by", "scored_at"])
    _record("scored", assessment, actor, at)
    return assessment


def bounds_on(day: date) -> tuple[Bounds, list[int]]:
    """The thresholds in force that day, and the policy rows they stand in."""
    found = [policies.rule_at(key, on=day) for key in KEYS]
    values = [Decimal(str(row.value)) if row else usual for row, usual in zip(found, SUGGESTED, strict=True)]
    return Bounds(*values), [row.pk for row in found if row]


def _write(assessment: HomeAssessment, scores: Mapping[int, Score], column: str, *, complete: bool) -> list[Line]:
    rows = list(assessment.scores.select_related("criterion").order_by("criterion__position"))
    for row in rows:
        said = scores.get(row.pk, Score(getattr(row, column), row.note))
        if said.points is not None and not 0 <= said.points <= row.criterion.points:
            raise CannotAssess(HomeRefusal.OUT_OF_RANGE)
        if said.points is None and complete:
            raise CannotAssess(HomeRefusal.INCOMPLETE)
        setattr(row, column, said.points)
        row.note = said.note[:100]
    HomeScore.objects.bulk_update(rows, [column, "note"])
    return [Line(row.criterion.block, row.criterion.points, getattr(row, column) or Decimal(0)) for row in rows]


def _may_fill(actor: User, branch: int) -> bool:
    return branch in actor.branch_ids


def _to_score(assessment: HomeAssessment, actor: User) -> HomeAssessment:
    """Union staff; not who handed it in."""
    assessment = HomeAssessment.objects.select_for_update().get(pk=assessment.pk)
    if not actor.holds(Role.UNION_STAFF) or assessment.submitted_by_id in actor.counts_as:
        raise PermissionDenied
    return assessment


def _record(verb: str, assessment: HomeAssessment, actor: User, at: datetime, *, basis: str = "") -> None:
    data = {"branch": assessment.branch_id, "year": assessment.year, "grade": str(assessment.grade)}
    action = f"members.homeassessment.{verb}"
    audit.record(actor=actor, action=action, target=assessment, basis=basis, data=data, at=at)
