"""Staff homes: the sheet of a year, own scores, the union's, the grade on both sides of each threshold."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.enums import HomeGrade, HomeState
from members.models import HomeAssessment, HomeCriterion, HomeScore, HomeStandard
from members.rules.homes import Bounds, HomeRefusal, Line, grade_of
from members.services import homes
from members.services.homes import CannotAssess, Score
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.together import together

BOUNDS = Bounds(Decimal(60), Decimal(85), Decimal(95), Decimal(70))


@pytest.fixture
def cast(db):
    return make_cast()


def start(cast, year=2025) -> HomeAssessment:
    officer = cast.users[Role.BRANCH_OFFICER]
    return homes.start(branch=cast.branch, year=year, actor=officer, at=clock.now())


def full(assessment) -> dict[int, Score]:
    return {row.pk: Score(Decimal(row.criterion.points)) for row in assessment.scores.select_related("criterion")}


def fill(cast, assessment, scores=None, submit=True) -> HomeAssessment:
    officer = cast.users[Role.BRANCH_OFFICER]
    scores = full(assessment) if scores is None else scores
    return homes.fill(assessment=assessment, scores=scores, submit=submit, actor=officer, at=clock.now())


def refused(call) -> HomeRefusal:
    def everything():
        rows = list(HomeAssessment.objects.values_list()), list(HomeScore.objects.order_by("pk").values_list())
        return rows, AuditEntry.objects.count()

    before = everything()
    with pytest.raises(CannotAssess) as refusal, transaction.atomic():
        call()
    assert everything() == before
    return refusal.value.code


def test_the_suggested_sheet_is_a_hundred_points(db):
    blocks = dict(HomeCriterion.objects.order_by().values_list("block").annotate(all=Sum("points")))

    assert sum(blocks.values()) == 100
    assert [blocks[name] for name in ("组织建设", "民主管理", "队伍建设", "思想教育")] == [17, 15, 14, 11]


def _lines(*got: int) -> list[Line]:
    return [Line(f"条件{n}", 50, Decimal(points)) for n, points in enumerate(got)]


@pytest.mark.parametrize(
    ("got", "grade"),
    [
        ((50, 45), HomeGrade.MODEL),
        ((50, 44), HomeGrade.ADVANCED),
        ((45, 40), HomeGrade.ADVANCED),
        ((44, 40), HomeGrade.PASSED),
        ((35, 35), HomeGrade.PASSED),
        ((50, 34), HomeGrade.FAILED),  # 84, but one block below 70 %
        ((34, 35), HomeGrade.FAILED),
    ],
)
def test_grade_on_both_sides_of_each_threshold(got, grade):
    assert grade_of(_lines(*got), BOUNDS) is grade


@pytest.mark.parametrize(("got", "grade"), [(60, HomeGrade.PASSED), (59, HomeGrade.FAILED)])
def test_least_total(got, grade):
    bounds = BOUNDS._replace(block=Decimal(0))

    assert grade_of([Line("全部", 100, Decimal(got))], bounds) is grade


def test_a_sheet_from_draft_to_grade(cast):
    sheet = start(cast)
    fill(cast, sheet, {next(iter(full(sheet))): Score(Decimal("1.5"), "有记录")}, submit=False)
    fill(cast, sheet)

    done = homes.score(assessment=sheet, scores=full(sheet), actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert (done.state, done.grade) == (HomeState.SCORED, HomeGrade.MODEL)
    assert AuditEntry.objects.order_by("-position")[0].action == "members.homeassessment.scored"


def test_a_sheet_comes_back_with_a_reason(cast):
    sheet = fill(cast, start(cast))

    staff = cast.users[Role.UNION_STAFF]
    back = homes.send_back(assessment=sheet, reason="缺材料", actor=staff, at=clock.now())

    assert (back.state, back.said) == (HomeState.DRAFT, "缺材料")
    assert fill(cast, back).said == ""


def test_refusals(cast):
    sheet = start(cast)
    first = next(iter(full(sheet)))
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    assert refused(lambda: start(cast)) is HomeRefusal.TAKEN
    assert refused(lambda: start(cast, 2011)) is HomeRefusal.NO_STANDARD
    assert refused(lambda: fill(cast, sheet, {first: Score(Decimal(7))})) is HomeRefusal.OUT_OF_RANGE
    assert refused(lambda: fill(cast, sheet, {})) is HomeRefusal.INCOMPLETE
    assert refused(lambda: homes.score(assessment=sheet, scores=full(sheet), **staff)) is HomeRefusal.WRONG_STATE
    sheet = fill(cast, sheet)
    assert refused(lambda: fill(cast, sheet)) is HomeRefusal.WRONG_STATE
    assert refused(lambda: homes.send_back(assessment=sheet, reason=" ", **staff)) is HomeRefusal.NO_REASON


def test_a_standard_that_is_not_a_hundred_is_refused(cast):
    HomeCriterion.objects.filter(position=1).update(points=7)

    assert refused(lambda: start(cast)) is HomeRefusal.NOT_A_HUNDRED


def test_the_officer_fills_and_the_staff_score(cast):
    sheet = start(cast)
    may: dict[str, set[str]] = {"fill": set(), "score": set()}
    for act, state in (("fill", HomeState.DRAFT), ("score", HomeState.SUBMITTED)):
        HomeAssessment.objects.filter(pk=sheet.pk).update(state=state)
        for actor in ACTORS:
            if actor == ANONYMOUS:
                continue
            given = {"assessment": sheet, "scores": full(sheet), "actor": cast.users[actor], "at": clock.now()}
            try:
                with transaction.atomic():
                    homes.fill(**given, submit=True) if act == "fill" else homes.score(**given)
                    may[act].add(actor)
                    transaction.set_rollback(True)
            except PermissionDenied:
                pass

    assert may == {"fill": {Role.BRANCH_OFFICER}, "score": {Role.UNION_STAFF}}


def test_a_year_has_one_standard(db):
    with pytest.raises(Exception, match="home_standard_one_a_year"), transaction.atomic():
        HomeStandard.objects.create(name="又一份", from_year=2020, decided_by="试")


@pytest.mark.django_db(transaction=True)
def test_two_clicks_begin_one_sheet():
    cast = make_cast()

    outcome = together(lambda n: start(cast), 2)

    assert HomeAssessment.objects.count() == 1
    assert [one.code for one in outcome if isinstance(one, CannotAssess)] == [HomeRefusal.TAKEN]
