"""Staff homes: the branch's officer fills his sheet, the staff score it."""

from core import clock
from core.enums import Role
from members.models import HomeAssessment, HomeScore, HomeStandard
from tests.cast import Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, NOT_READ, OFFICERS, WHOLE_ROLL, _nobody
from tests.matrix.table import Row, only, signed_in

READERS = STAFF | CHAIR
OFFICER = frozenset({Role.BRANCH_OFFICER})


def _sheet(cast: Cast, year: int, **given) -> HomeAssessment:
    standard = HomeStandard.objects.get()
    made, new = HomeAssessment.objects.get_or_create(
        branch=cast.branch, year=year, defaults={"standard": standard, **given}
    )
    if new:
        HomeScore.objects.bulk_create(HomeScore(assessment=made, criterion=one) for one in standard.criteria.all())
    return made


def draft(cast: Cast) -> HomeAssessment:
    return _sheet(cast, 2024)


def submitted(cast: Cast) -> HomeAssessment:
    given = {"submitted_by": cast.users[Role.BRANCH_OFFICER], "submitted_at": clock.now()}
    return _sheet(cast, 2023, state="submitted", **given)


def _full(cast: Cast) -> dict:
    return {f"points_{row.pk}": str(row.criterion.points) for row in submitted(cast).scores.all()}


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


SHEET, START, PDF = "members/homes/<int:pk>/", "members/homes/start/<int:pk>/", "members/homes/<int:pk>/sheet.pdf"
SCORE, BACK = "admin/members/homeassessment/<int:pk>/score/", "admin/members/homeassessment/<int:pk>/return/"
ROWS = [
    *pages("members/homeassessment", draft, view=READERS),
    *pages("members/homestandard", lambda cast: HomeStandard.objects.get(), view=READERS),
    Row(SCORE, get=may(STAFF), post=may(STAFF), kwargs=_pk(submitted)),
    Row(SCORE, label=" none", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    Row(BACK, get=may(STAFF), post=may(STAFF), kwargs=_pk(submitted)),
    Row("members/homes/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(START, get=NOT_READ, post=only(OFFICER, 302), kwargs=lambda cast: {"pk": cast.branch.pk}),
    Row(SHEET, get=only(OFFICER, 200), post=only(OFFICER, 302), kwargs=_pk(draft)),
    Row(SHEET, label=" none", get=signed_in(404), post=signed_in(404), kwargs=_nobody),
    Row(PDF, get=only(OFFICER | WHOLE_ROLL, 200), post=NOT_POSTED, kwargs=_pk(draft)),
]
FILES = {PDF}
FILLED = {START: lambda cast: {}, SHEET: lambda cast: {}, SCORE: _full, BACK: lambda cast: {"reason": "缺材料"}}
BESIDE_TARGET = {SHEET}  # the scores are rows beside the sheet
