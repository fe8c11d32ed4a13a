"""The browser admin: who reads and who writes which table; written down here by hand, from TRUST.md 3."""

from collections.abc import Callable
from datetime import date

from core import audit, clock, outbox
from core.enums import Effect, Mark, Role, Scope
from core.models import CalendarDay, Department, PolicyRule, RoleGrant
from tests.cast import MEMBER, Cast
from tests.matrix.table import ADMIN, Row, Statuses, signed_in

STAFF, CHAIR, AUDITOR = frozenset({Role.UNION_STAFF}), frozenset({Role.CHAIR}), frozenset({Role.AUDITOR})
SYSTEM, SECURITY = frozenset({Role.SYSTEM_ADMIN}), frozenset({Role.SECURITY_ADMIN})
NOBODY: frozenset[str] = frozenset()


def may(actors, status: int = 200) -> Statuses:
    """``status`` for ``actors``; whoever else is signed in is refused: that the page exists is no secret."""
    return signed_in(403) | dict.fromkeys(actors, status)


def pages(table: str, made: Callable[[Cast], object], *, view, add=None, change=None, empty=200) -> list[Row]:
    """The list, the page of one row, of a row that is not there, and the form for a new one where there is one.

    ``add`` and ``change`` None: the page only shows. An empty form comes back with its errors, 200, unless ``empty``
    says that a row needs nothing.
    """

    def one(cast: Cast) -> dict:
        return {"object_id": made(cast).pk}  # type: ignore[attr-defined]

    def none(cast: Cast) -> dict:
        return {"object_id": "0"}

    place = f"admin/{table}/<path:object_id>/change/"
    writers = change or NOBODY
    rows = [
        Row(f"admin/{table}/", get=may(view), post=may(view)),
        Row(place, get=may(view), post=may(writers, empty), kwargs=one),
        Row(place, label=" nothing", get=may(view, 404), post=may(writers, 404), kwargs=none),
    ]
    if add is not None:
        rows.append(Row(f"admin/{table}/add/", get=may(add), post=may(add)))
    return rows


def _user(cast: Cast):
    return cast.users[MEMBER]


def _department(cast: Cast):
    return Department.objects.order_by("pk").first()


def _grant(cast: Cast):
    return RoleGrant.objects.filter(role=Role.TELLER).first()


def _rule(cast: Cast):
    return PolicyRule.objects.get_or_create(
        key="matrix",
        scope=Scope.SCHOOL,
        defaults={
            "value": 1,
            "from_on": date(2022, 1, 1),
            "decided_by": "测试",
            "mark": Mark.SUGGESTED,
            "effect": Effect.WARN,
        },
    )[0]


def _day(cast: Cast):
    return CalendarDay.objects.get_or_create(day=date(2035, 12, 31), defaults={"is_workday": True})[0]


def _entry(cast: Cast):
    return audit.record(actor=None, action="core.matrix.tried", at=clock.now())


def _message(cast: Cast):
    return outbox.add("core.matrix")


def _branch(cast: Cast):
    return cast.branch


def _member(cast: Cast):
    return cast.member_of(MEMBER)


ROWS = [
    Row("admin/", get=may(ADMIN), post=may(ADMIN)),
    Row("admin/jsi18n/", get=may(ADMIN), post=may(ADMIN, 405)),
    *pages("core/user", _user, view=SYSTEM | SECURITY, add=SYSTEM, change=SYSTEM),
    Row(
        "admin/core/user/<int:pk>/invitation/",
        label=" asks for a fresh sign-in",
        get=may(SYSTEM, 302),
        post=may(SYSTEM, 302),
        kwargs=lambda cast: {"pk": _user(cast).pk},
    ),
    *pages("core/department", _department, view=SYSTEM | STAFF | CHAIR, add=SYSTEM, change=SYSTEM),
    *pages("core/rolegrant", _grant, view=SECURITY, add=SECURITY, change=SECURITY),
    *pages("core/policyrule", _rule, view=SYSTEM | AUDITOR | CHAIR | STAFF, add=STAFF, change=STAFF),
    *pages("core/calendarday", _day, view=SYSTEM | CHAIR | STAFF, add=STAFF, change=STAFF, empty=302),
    *pages("core/auditentry", _entry, view=frozenset({Role.AUDIT_ADMIN})),
    *pages("core/outboxmessage", _message, view=SYSTEM),
    *pages("members/branch", _branch, view=STAFF | CHAIR, add=STAFF, change=STAFF),
    *pages("members/member", _member, view=STAFF | CHAIR),
    Row(
        "admin/members/member/<int:pk>/reveal/<str:field>/",
        label=" asks for a fresh sign-in",
        get=may(STAFF, 302),
        post=may(STAFF, 302),
        kwargs=lambda cast: {"pk": _member(cast).pk, "field": "id_number"},
    ),
    Row(
        "admin/members/member/<int:pk>/reveal/<str:field>/",
        label=" no such field",
        get=may(STAFF | CHAIR, 404),
        post=may(STAFF | CHAIR, 404),
        kwargs=lambda cast: {"pk": _member(cast).pk, "field": "name"},
    ),
    Row(
        "admin/members/member/<int:pk>/reveal/<str:field>/",
        label=" telephone",
        get=may(STAFF | CHAIR),
        post=may(STAFF | CHAIR),
        kwargs=lambda cast: {"pk": _member(cast).pk, "field": "phone"},
    ),
]
NOT_FILLED = {
    "admin/core/user/<int:pk>/invitation/": "asks for a fresh sign-in first; tests/core/test_invitations.py"
}
