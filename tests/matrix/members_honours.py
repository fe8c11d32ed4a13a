"""Honours: everybody declares his own, the branch checks its people's, the staff enter and check all."""

from core import clock
from core.enums import Role
from members.models import Honour, HonourHolder
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, OFFICERS, _nobody
from tests.matrix.table import ADMIN, Row, only, signed_in

READERS = STAFF | CHAIR
NEW = {"title": "优秀工会积极分子", "level": "school", "kind": "person", "year": "2025", "issuer": "校工会"}


def _honour(cast: Cast, title: str, **given) -> Honour:
    values = {"level": "school", "kind": "person", "year": 2024, "issuer": "校工会", "branch": cast.branch}
    values |= {"declared_by": cast.users[MEMBER], "declared_at": clock.now()} | given
    made, new = Honour.objects.get_or_create(title=title, defaults=values)
    if new:
        HonourHolder.objects.create(honour=made, member=cast.member_of(MEMBER))
    return made


def declared(cast: Cast) -> Honour:
    return _honour(cast, "师德标兵")


def returned(cast: Cast) -> Honour:
    staff = {"checked_by": cast.users[Role.UNION_STAFF], "checked_at": clock.now()}
    return _honour(cast, "先进工作者", state="returned", said="证书不清", **staff)


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


CHECK, AGAIN = "members/honours/<int:pk>/", "members/me/honours/<int:pk>/"
ADMIN_CHECK = "admin/members/honour/<int:pk>/check/"
ROWS = [
    *pages("members/honour", declared, view=READERS, add=STAFF),
    Row("admin/members/honour/years/", get=may(READERS), post=may(ADMIN, 405)),
    Row(ADMIN_CHECK, get=may(STAFF), post=may(STAFF), kwargs=_pk(declared)),
    Row(ADMIN_CHECK, label=" none", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    Row("members/me/honours/", get=signed_in(200), post=signed_in(200)),
    Row(AGAIN, get=only({MEMBER}, 200), post=only({MEMBER}, 200), kwargs=_pk(returned)),
    Row(AGAIN, label=" not returned", get=signed_in(404), post=signed_in(404), kwargs=_pk(declared)),
    Row("members/honours/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(CHECK, get=only({Role.BRANCH_OFFICER}, 200), post=only({Role.BRANCH_OFFICER}, 200), kwargs=_pk(declared)),
    Row(CHECK, label=" nobody", get=signed_in(404), post=signed_in(404), kwargs=_nobody),
]
FILLED = {
    "admin/members/honour/add/": lambda cast: NEW | {"holders": cast.member_of(MEMBER).staff_no},
    ADMIN_CHECK: lambda cast: {"do": "confirm"},
    "members/me/honours/": lambda cast: NEW,
    AGAIN: lambda cast: NEW,
    CHECK: lambda cast: {"do": "confirm"},
}
