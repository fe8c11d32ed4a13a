"""Joining and changes of membership: the applicant's pages, the branch's desk, the admin's."""

from datetime import date
from decimal import Decimal

from core import clock
from core.enums import Role
from core.models import PolicyRule, User
from members.models import DuesLine, DuesList, JoinApplication, Member, MembershipAct
from members.services import life
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, NOT_READ, OFFICERS, WHOLE_ROLL, _nobody
from tests.matrix.table import ADMIN, Row, only, signed_in
from tests.members.factories import make_membership

MET_ON = date(2026, 3, 5)


def application(cast: Cast, **given) -> JoinApplication:
    """The member's, handed in to his branch, made once."""
    at = clock.now()
    values = {"branch": cast.branch, "name": "欧阳小满", "created_at": at, "submitted_at": at, "state": "submitted"}
    return JoinApplication.objects.get_or_create(applicant=cast.users[MEMBER], defaults=values | given)[0]


def _application(cast: Cast) -> dict:
    return {"pk": application(cast).pk}


def _new_applicant(cast: Cast, number: str, **given) -> JoinApplication:
    """Of somebody who is not on the roll: read by the branch, and what is ``given``."""
    user = User.objects.get_or_create(username=number, defaults={"name": "欧阳小满"})[0]
    at = clock.now()
    values = {"branch": cast.branch, "name": "欧阳小满", "created_at": at, "submitted_at": at, "sex": "female"}
    values |= {
        "state": "branch_approved",
        "branch_reviewer": cast.users[Role.BRANCH_OFFICER],
        "branch_reviewed_at": at,
    }
    return JoinApplication.objects.get_or_create(applicant=user, defaults=values | given)[0]


def _prepared(cast: Cast) -> JoinApplication:
    said = {"minute": "校工会委员会会议", "document_on": MET_ON, "joins_on": MET_ON}
    staff = {"prepared_by": cast.users[Role.UNION_STAFF], "prepared_at": clock.now()}
    return _new_applicant(cast, "L9002", **said, **staff)


def _reviewed(cast: Cast) -> dict:
    return {"pk": _new_applicant(cast, "L9001").pk}


def _older(cast: Cast, staff_no: str = "L0001") -> Member:
    """Somebody on the roll who has reached every age."""
    born = {"name": "钱七", "sex": "male", "birth_on": date(1962, 6, 1)}
    member, is_new = Member.objects.get_or_create(staff_no=staff_no, defaults=born)
    if is_new:
        make_membership(member=member, branch=cast.branch)
    return member


def _older_pk(cast: Cast) -> dict:
    return {"pk": _older(cast).pk}


def _due(cast: Cast) -> Member:
    """The same, by a rule of the school."""
    rule = {"value": [60, 63, 4], "from_on": date(2012, 1, 1), "decided_by": "测试", "mark": "M"}
    PolicyRule.objects.get_or_create(key="members.retirement.male", scope="nation", defaults=rule)
    return _older(cast)


def _act(cast: Cast) -> MembershipAct:
    member = _older(cast, "L0002")
    known = member.membership_acts.first()
    staff = cast.users[Role.UNION_STAFF]
    return known or life.retire(member=member, on=date(2022, 6, 30), actor=staff, at=clock.now())


def lapsed(cast: Cast) -> Member:
    """Somebody on the roll without dues for six months."""
    member = _older(cast, "L0003")
    if not member.dues_lines.exists():
        for month in range(1, 7):
            given = {"rate": Decimal("0.5"), "frozen_by": cast.users[Role.UNION_STAFF], "frozen_at": clock.now()}
            made, _new = DuesList.objects.get_or_create(month=date(2021, month, 1), defaults=given)
            line = {"branch": cast.branch, "basis": Decimal(4000), "amount": Decimal(20), "by_payroll": False}
            DuesLine.objects.create(dues_list=made, member=member, **line)
    return member


def _act_pk(cast: Cast) -> dict:
    return {"pk": _act(cast).pk}


READERS = STAFF | CHAIR
OFFICER = frozenset({Role.BRANCH_OFFICER})
ADMIN_ROWS = [
    *pages("members/membershipact", _act, view=READERS),
    *pages("members/joinapplication", application, view=READERS),
    Row("admin/members/membershipact/record/", get=may(STAFF), post=may(STAFF)),
    Row("admin/members/membershipact/<int:pk>/correct/", get=may(STAFF), post=may(STAFF), kwargs=_act_pk),
    Row(
        "admin/members/membershipact/<int:pk>/correct/",
        label=" nobody",
        get=may(STAFF, 404),
        post=may(STAFF, 404),
        kwargs=_nobody,
    ),
    Row("admin/members/membershipact/category/<int:pk>/", get=may(STAFF), post=may(STAFF), kwargs=_older_pk),
    Row(
        "admin/members/membershipact/category/<int:pk>/",
        label=" nobody",
        get=may(STAFF, 404),
        post=may(STAFF, 404),
        kwargs=_nobody,
    ),
    Row("admin/members/membershipact/retirement/", get=may(READERS), post=may(STAFF)),
    Row("admin/members/membershipact/lapsed/", get=may(READERS), post=may(STAFF)),
    Row("admin/members/membershipact/ceremonies/", get=may(READERS), post=may(ADMIN, 405)),
    # Without the days of a term there is nothing to print.
    Row("admin/members/membershipact/ceremonies/list.pdf", get=may(READERS, 404), post=may(ADMIN, 405)),
    Row("admin/members/joinapplication/prepare/", get=may(STAFF), post=may(STAFF)),
    Row("admin/members/joinapplication/approve/", get=may(CHAIR), post=may(CHAIR)),
    Row("admin/members/joinapplication/<int:pk>/decide/", get=may(READERS), post=may(READERS), kwargs=_reviewed),
    Row(
        "admin/members/joinapplication/<int:pk>/decide/",
        label=" nobody",
        get=may(READERS, 404),
        post=may(READERS, 404),
        kwargs=_nobody,
    ),
]
ROWS = [
    *ADMIN_ROWS,
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
    "admin/members/membershipact/record/": lambda cast: {
        **{"staff_no": cast.member_of(MEMBER).staff_no, "kind": "retired", "on": clock.today().isoformat()}
    },
    "admin/members/membershipact/category/<int:pk>/": lambda cast: {"category": "cadre"},
    "admin/members/membershipact/<int:pk>/correct/": lambda cast: {"basis": "日期登记有误"},
    "admin/members/membershipact/retirement/": lambda cast: {"members": [str(_due(cast).pk)], "checked": "on"},
    "admin/members/membershipact/lapsed/": lambda cast: {
        **{"members": [str(lapsed(cast).pk)], "on": "2022-06-30", "approved_by": "校工会委员会会议"},
        **{"document": "工会〔2022〕6号", "basis": "中国工会章程第六条", "checked": "on"},
    },
    "admin/members/joinapplication/prepare/": lambda cast: {
        **{"applications": [str(_reviewed(cast)["pk"])], "minute": "校工会委员会会议", "met_on": MET_ON.isoformat()}
    },
    "admin/members/joinapplication/approve/": lambda cast: {
        **{"applications": [str(_prepared(cast).pk)], "checked": "on"}
    },
    "admin/members/joinapplication/<int:pk>/decide/": lambda cast: {"do": "return", "said": "照片不清"},
    "members/join/<int:pk>/withdraw/": lambda cast: {},
    "members/applications/<int:pk>/": lambda cast: {"do": "approve"},
}
NOT_FILLED = {
    "members/join/": "who is in the cast is on the roll and has no form here; tests/members/test_joining_portal.py",
}
FILES = {"members/join/<int:pk>/form.pdf"}
