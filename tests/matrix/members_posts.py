"""Bodies, posts and the chart: the staff keep them, everybody sees the chart of a day."""

from datetime import date

from core.enums import Role
from members.models import Body, Post
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, SECURITY, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, _nobody
from tests.matrix.table import ADMIN, Row, signed_in

READERS = STAFF | CHAIR


def body(cast: Cast) -> Body:
    given = {"name": "第三届工会委员会", "from_on": date(2021, 1, 1), "term_years": 5, "due_on": date(2026, 1, 1)}
    return Body.objects.get_or_create(kind="committee", defaults=given)[0]


def post(cast: Cast) -> Post:
    given = {"position": "committee", "how": "elected", "from_on": date(2021, 1, 1)}
    return Post.objects.get_or_create(body=body(cast), member=cast.member_of(MEMBER), defaults=given)[0]


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


WRONG_METHOD = may(ADMIN, 405)
ROWS = [
    *pages("members/body", body, view=READERS | SECURITY, add=STAFF),
    *pages("members/post", post, view=READERS),
    Row("admin/members/body/chart/", get=may(READERS), post=WRONG_METHOD),
    Row("admin/members/body/roles/", get=may(READERS | SECURITY), post=WRONG_METHOD),
    Row("admin/members/body/<int:pk>/appoint/", get=may(STAFF), post=may(STAFF), kwargs=_pk(body)),
    Row(
        "admin/members/body/<int:pk>/appoint/",
        label=" none",
        get=may(STAFF, 404),
        post=may(STAFF, 404),
        kwargs=_nobody,
    ),
    Row("admin/members/body/<int:pk>/end/", get=may(STAFF), post=may(STAFF), kwargs=_pk(body)),
    Row("admin/members/post/<int:pk>/end/", get=may(STAFF), post=may(STAFF), kwargs=_pk(post)),
    Row("members/chart/", get=signed_in(200), post=NOT_POSTED),
    Row("members/chart.pdf", get=signed_in(200), post=NOT_POSTED),
]
FILES = {"members/chart.pdf"}
FILLED = {
    "admin/members/body/add/": lambda cast: {
        **{"kind": "audit", "name": "第三届经费审查委员会", "from_on": "2021-01-01", "term_years": "5"}
    },
    "admin/members/body/<int:pk>/appoint/": lambda cast: {
        **{"member": cast.member_of(Role.TELLER).staff_no, "position": "committee", "how": "elected"},
        **{"from_on": "2021-01-01"},
    },
    "admin/members/body/<int:pk>/end/": lambda cast: {"on": "2026-01-31"},
    "admin/members/post/<int:pk>/end/": lambda cast: {"on": "2026-01-31"},
}
