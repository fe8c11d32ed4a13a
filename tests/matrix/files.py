"""Files: whose owner lets you see it; a foreign one answers as one that does not exist."""

from core import attachments, clock
from core.enums import FileKind
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


ROWS = [
    Row(FILE, get=only({MEMBER}, 200), post=NOT_POSTED, kwargs=_file),
    Row(FILE, label=" nothing", get=signed_in(404), post=NOT_POSTED, kwargs=_none),
]
