"""Files: whose owner lets you see it; a foreign one answers as one that does not exist. Lists taken out."""

from core import attachments, clock, exports
from core.enums import FileKind, Role
from tests.cast import MEMBER, Cast
from tests.matrix.table import Row, everybody, only, signed_in

FILE = "files/<uuid:pk>/"
FILES = {FILE}
NOT_POSTED = everybody(405)


def _file(cast: Cast) -> dict:
    """A file that the member uploaded and that belongs to nothing yet: only he may read it."""
    user = cast.users[MEMBER]
    assert user
    made = {"kind": FileKind.CSV, "name": "名单.csv", "content": b"1,2\n", "sensitive": False}
    return {"pk": attachments.keep(**made, actor=user, at=clock.now()).pk}


def _none(cast: Cast) -> dict:
    return {"pk": "00000000-0000-4000-8000-000000000000"}


def _export(cast: Cast) -> dict:
    """A list that the audit's administrator asked for."""
    user = cast.users[Role.AUDIT_ADMIN]
    asked = {"parameters": {}, "columns": ["at", "action"], "reason": "年度检查", "at": clock.now()}
    return {"pk": exports.request_export(actor=user, kind="core.audit", **asked).pk}


def _audit(cast: Cast) -> dict:
    return {"code": "core.audit"}


AUDIT = frozenset({Role.AUDIT_ADMIN})
NEW = "exports/new/<str:code>/"
FILLED = {NEW: lambda cast: {"reason": "年度检查"}}
ROWS = [
    Row(FILE, get=only({MEMBER}, 200), post=NOT_POSTED, kwargs=_file),
    Row(FILE, label=" nothing", get=signed_in(404), post=NOT_POSTED, kwargs=_none),
    Row("exports/", get=signed_in(200), post=NOT_POSTED),
    Row(NEW, get=only(AUDIT, 200, others=403), post=only(AUDIT, 200, others=403), kwargs=_audit),
    Row(NEW, label=" nothing", get=signed_in(404), post=signed_in(404), kwargs=lambda cast: {"code": "core.x"}),
    Row("exports/<uuid:pk>/", get=only(AUDIT, 200), post=NOT_POSTED, kwargs=_export),
    Row("exports/<uuid:pk>/", label=" nothing", get=signed_in(404), post=NOT_POSTED, kwargs=_none),
]
