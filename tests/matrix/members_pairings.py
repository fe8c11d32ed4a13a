"""Pairings and cadre training: the staff keep them, the chair reads them."""

from datetime import date

from core.enums import Role
from members.models import Pairing, TrainingRecord
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, _nobody
from tests.matrix.table import ADMIN, Row, signed_in

READERS = STAFF | CHAIR


def pairing(cast: Cast) -> Pairing:
    pair = {"lead": cast.member_of(Role.TELLER), "partner": cast.member_of(MEMBER), "kind": "master"}
    given = {"from_on": date(2025, 1, 1), "until_on": date(2027, 1, 1), "agreement": "传帮带"}
    return Pairing.objects.get_or_create(**pair, defaults=given)[0]


def completed(cast: Cast) -> Pairing:
    pair = {"lead": cast.member_of(Role.TELLER), "partner": cast.member_of(MEMBER), "kind": "blue"}
    given = {"from_on": date(2023, 1, 1), "until_on": date(2025, 1, 1), "agreement": "传帮带"}
    given |= {"completed_on": date(2024, 12, 31), "certificate_no": "JD202400001"}
    return Pairing.objects.get_or_create(**pair, defaults=given)[0]


def training(cast: Cast) -> TrainingRecord:
    given = {"organiser": "省教育工会", "from_on": date(2025, 6, 1), "to_on": date(2025, 6, 3), "hours": 24}
    return TrainingRecord.objects.get_or_create(
        member=cast.member_of(MEMBER), course="工会干部培训班", defaults=given
    )[0]


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


PLACE = "admin/members/pairing/<int:pk>/"
PDF = PLACE + "certificate.pdf"
ROWS = [
    Row("members/me/pairings/", get=signed_in(200), post=NOT_POSTED),
    *pages("members/pairing", pairing, view=READERS, add=STAFF),
    *pages("members/trainingrecord", training, view=READERS, add=STAFF),
    *(
        Row(f"{PLACE}{act}/", get=may(STAFF), post=may(STAFF), kwargs=_pk(pairing))
        for act in ("review", "complete", "end")
    ),
    Row(f"{PLACE}end/", label=" none", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    Row(PDF, get=may(READERS), post=may(ADMIN, 405), kwargs=_pk(completed)),
    Row(PDF, label=" not completed", get=may(READERS, 404), post=may(ADMIN, 405), kwargs=_pk(pairing)),
]
FILES = {PDF}
FILLED = {
    "admin/members/trainingrecord/add/": lambda cast: {
        **{"people": cast.member_of(MEMBER).staff_no, "course": "财务培训", "organiser": "市总工会", "hours": "8"},
        **{"from_on": "2025-03-01", "to_on": "2025-03-01"},
    },
}
# Each of the two is told: two entries for one act.
NOT_FILLED = dict.fromkeys(
    ("admin/members/pairing/add/", f"{PLACE}review/", f"{PLACE}complete/", f"{PLACE}end/"),
    "an entry for each of the two; tests/members/test_pairings.py",
)
