"""What somebody would type into each form of the matrix so that it is taken. Every address that writes is here or in
``NOT_FILLED`` with its reason: a new one fails (Q1, D1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from core import clock
from core.enums import Role
from tests.cast import ANONYMOUS, MEMBER, PASSWORD, Cast
from tests.matrix import notices_admin
from tests.matrix.table import STRANGERS, Row
from tests.matrix.test_matrix import modules, rows
from tests.trust.scene import Pairs, Scene, fields_of, who

Typed = dict[str, str | list[str]]


def _day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


def _grant(cast: Cast) -> Typed:
    return {"username": cast.users[MEMBER].username, "role": Role.TELLER, "from_on": _day(0), "until_on": _day(9)}


def _failed_delivery(cast: Cast) -> Typed:
    notices_admin._delivery(cast)
    return {}


RULE = {"key": "trust", "value": "5", "scope": "school", "from_on": "2022-01-01", "decided_by": "第一届一次会议"}
REMINDER = {
    **{"name": "生日", "code": "trust", "kind": "birthday", "audience": "members", "channels": ["inbox"]},
    **{"subject": "{name}，生日快乐", "body": "祝您生日快乐。", "offset_days": "1", "skip_after_days": "3"},
}
NEW_PASSWORD = "Maple+Harbour+31"
FILLED: dict[str, Callable[[Cast], Typed]] = {
    "accounts/login/": lambda cast: {"login": cast.users[MEMBER].username, "password": PASSWORD},
    "accounts/logout/": lambda cast: {},
    "accounts/password/change/": lambda cast: {
        **{"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    },
    "notices/<int:pk>/read/": lambda cast: {},
    "notices/read/": lambda cast: {},
    "notices/preferences/": lambda cast: {"channels": ["inbox"]},
    "admin/core/user/<path:object_id>/change/": lambda cast: {"name": "改名"},
    "admin/core/user/add/": lambda cast: {"username": "N001", "name": "新人"},
    "admin/core/department/<path:object_id>/change/": lambda cast: {"name": "后勤服务处"},
    "admin/core/department/add/": lambda cast: {"name": "教务处"},
    "admin/core/rolegrant/<path:object_id>/change/": lambda cast: {"until_on": _day(1)},
    "admin/core/rolegrant/add/": _grant,
    "admin/core/policyrule/<path:object_id>/change/": lambda cast: {"decided_by": "第二届一次会议"},
    "admin/core/policyrule/add/": lambda cast: RULE,
    "admin/core/calendarday/<path:object_id>/change/": lambda cast: {"name": "调休"},
    "admin/core/calendarday/add/": lambda cast: {"day": "2034-05-06", "is_workday": "on", "name": "调休"},
    "admin/members/branch/<path:object_id>/change/": lambda cast: {"name": "纺织工会"},
    "admin/members/branch/add/": lambda cast: {"name": "新分工会", "short_name": "新院"},
    "admin/notices/reminderrule/<path:object_id>/change/": lambda cast: {"name": "生日祝福"},
    "admin/notices/reminderrule/add/": lambda cast: REMINDER,
    "admin/notices/delivery/resend/": _failed_delivery,
    "admin/notices/delivery/<int:pk>/resend/": lambda cast: {},
}
_NO_WRITE = "a list or a page whose POST shows it again; nothing is stored"
_ALLAUTH = (
    "allauth's page behind a fresh sign-in, which the cast's sessions are not; tried in tests/core/test_signin.py"
)
NOT_FILLED: dict[str, str] = {
    "accounts/reauthenticate/": "notes in the own session that the password was typed again",
    "accounts/password/reset/": "sends a link to the address on file; the account does not change",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "a link; tests/core/test_sessions.py",
    "accounts/2fa/authenticate/": "a step of signing in; tests/core/test_signin.py",
    "accounts/2fa/reauthenticate/": _ALLAUTH,
    "accounts/2fa/totp/activate/": _ALLAUTH,
    "accounts/2fa/recovery-codes/generate/": _ALLAUTH,
    "admin/members/member/<int:pk>/reveal/<str:field>/": "asks for a fresh sign-in first; tests/members, tests/core",
    "admin/": _NO_WRITE,
    **{row.route: _NO_WRITE for row in rows() if re.fullmatch(r"admin/\w+/\w+/", row.route)},
}
for module in modules():
    FILLED |= getattr(module, "FILLED", {})
    NOT_FILLED |= getattr(module, "NOT_FILLED", {})


@dataclass(frozen=True)
class Form:
    """One form as its page gave it to ``actor``, filled in."""

    route: str
    actor: str
    path: str
    pairs: Pairs


@cache
def writing_rows() -> tuple[Row, ...]:
    """Rows that promise somebody who is signed in, or may sign in, more than a refusal."""
    return tuple(row for row in rows() if _writer(row))


def _writer(row: Row) -> str | None:
    if row.route == "accounts/login/":
        return ANONYMOUS
    actor = who(row, "POST", 200, 302)
    return None if actor in STRANGERS else actor


def form_of(row: Row, scene: Scene) -> Form:
    """The page's own fields with what is typed into them."""
    actor, path = _writer(row), scene.path(row)
    assert actor
    typed = FILLED.get(row.route, lambda cast: {})(scene.cast)
    shown = fields_of(scene.ask(actor, path)) if row.get[actor] == 200 else []
    pairs: Pairs = [(name, value) for name, value in shown if name not in typed]
    for name, value in typed.items():
        pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    return Form(row.route, actor, path, pairs)
