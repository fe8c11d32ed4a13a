"""Kept selections, acts for all of one, and members taken out as a list."""

from core import clock
from core.enums import Role
from members.models import Segment
from tests.cast import Cast
from tests.matrix.admin import CHAIR, STAFF, may
from tests.matrix.files import NEW
from tests.matrix.portal import OFFICERS, WHOLE_ROLL
from tests.matrix.table import Row, only


def _segment(cast: Cast) -> Segment:
    """The staff's, for everybody who sees the whole roll."""
    given = {"query": "sex=female", "is_shared": True, "changed_at": clock.now()}
    return Segment.objects.get_or_create(owner=cast.users[Role.UNION_STAFF], name="女会员", defaults=given)[0]


def _foreign(cast: Cast) -> Segment:
    """The chair's own, shared with nobody."""
    given = {"query": "sex=male", "changed_at": clock.now()}
    return Segment.objects.get_or_create(owner=cast.users[Role.CHAIR], name="男会员", defaults=given)[0]


BOTH = STAFF | CHAIR
OWN = may(STAFF, 404) | {Role.CHAIR: 200}
CHANGE = "admin/members/segment/<path:object_id>/change/"
REMOVE = "admin/members/segment/<int:pk>/remove/"
TRANSFER = "admin/members/member/transfer/"
ROWS = [
    Row("admin/members/segment/", get=may(BOTH), post=may(BOTH)),
    Row("admin/members/segment/add/", get=may(BOTH), post=may(BOTH)),
    Row(CHANGE, label=" nothing", get=may(BOTH, 404), post=may(BOTH, 404), kwargs=lambda cast: {"object_id": "0"}),
    Row(CHANGE, get=may(BOTH), post=may(STAFF), kwargs=lambda cast: {"object_id": _segment(cast).pk}),
    Row(CHANGE, label=" own of another", get=OWN, post=OWN, kwargs=lambda cast: {"object_id": _foreign(cast).pk}),
    Row(REMOVE, get=may(STAFF), post=may(STAFF), kwargs=lambda cast: {"pk": _segment(cast).pk}),
    Row(REMOVE, label=" own of another", get=OWN, post=OWN, kwargs=lambda cast: {"pk": _foreign(cast).pk}),
    Row(TRANSFER, get=may(STAFF), post=may(STAFF)),
    *(
        Row(NEW, label=f" {code}", get=only(who, 200, others=403), post=only(who, 200, others=403), kwargs=given)
        for code, who, given in (
            ("members", WHOLE_ROLL, lambda cast: {"code": "members.roll"}),
            ("real names", WHOLE_ROLL, lambda cast: {"code": "members.real_name"}),
            ("own branch", OFFICERS, lambda cast: {"code": "members.own_branch"}),
        )
    ),
]
FILLED = {
    "admin/members/segment/add/": lambda cast: {"name": "三月生日", "query": "born=3"},
    CHANGE: lambda cast: {"name": "女职工"},
    REMOVE: lambda cast: {},
}
NOT_FILLED = {TRANSFER: "the whole roll holds the clerk himself; tests/members/test_bulk.py"}
