"""Joining and changes of membership: the applicant's pages, the branch's desk, the admin's."""

from datetime import date

from core import clock
from core.enums import Role
from members.models import JoinApplication
from tests.cast import MEMBER, Cast
from tests.matrix.portal import NOT_POSTED, NOT_READ, OFFICERS, WHOLE_ROLL, _nobody
from tests.matrix.table import Row, only, signed_in


def application(cast: Cast, **given) -> JoinApplication:
    """The member's, handed in to his branch, made once."""
    at = clock.now()
    values = {"branch": cast.branch, "name": "欧阳小满", "created_at": at, "submitted_at": at, "state": "submitted"}
    return JoinApplication.objects.get_or_create(applicant=cast.users[MEMBER], defaults=values | given)[0]


def _application(cast: Cast) -> dict:
    return {"pk": application(cast).pk}


OFFICER = frozenset({Role.BRANCH_OFFICER})
ROWS = [
    Row("members/join/", get=signed_in(200), post=signed_in(200)),
    Row("members/join/<int:pk>/withdraw/", get=NOT_READ, post=only({MEMBER}, 302), kwargs=_application),
    Row("members/join/<int:pk>/withdraw/", label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
    Row(
        "members/join/<int:pk>/form.pdf",
        get=only(WHOLE_ROLL | OFFICER | {MEMBER}, 200),
        post=NOT_POSTED,
        kwargs=_application,
    ),
    Row("members/applications/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(
        "members/applications/<int:pk>/",
        get=only(OFFICER, 200),
        post=only(OFFICER, 302),
        kwargs=_application,
    ),
    Row("members/applications/<int:pk>/", label=" nobody", get=signed_in(404), post=signed_in(404), kwargs=_nobody),
]
FILLED = {
    "members/join/<int:pk>/withdraw/": lambda cast: {},
    "members/applications/<int:pk>/": lambda cast: {"do": "approve"},
}
NOT_FILLED = {
    "members/join/": "who is in the cast is on the roll and has no form here; tests/members/test_joining_portal.py",
}
FILES = {"members/join/<int:pk>/form.pdf"}
MET_ON = date(2026, 3, 5)
