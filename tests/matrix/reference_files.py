"""Reference tables as files: who keeps a table takes it in, who reads it takes it out."""

from tests.matrix.admin import AUDITOR, CHAIR, STAFF, SYSTEM, may
from tests.matrix.table import ADMIN, Row

WRONG_METHOD = may(ADMIN, 405)
ROWS = [
    Row("admin/core/policyrule/import/", get=may(STAFF), post=may(STAFF)),
    Row("admin/core/calendarday/import/", get=may(STAFF), post=may(STAFF)),
    Row("admin/core/policyrule/export.xlsx", get=may(SYSTEM | AUDITOR | CHAIR | STAFF), post=WRONG_METHOD),
    Row("admin/core/calendarday/export.xlsx", get=may(SYSTEM | CHAIR | STAFF), post=WRONG_METHOD),
]
FILES = {"admin/core/policyrule/export.xlsx", "admin/core/calendarday/export.xlsx"}
NOT_FILLED = dict.fromkeys(
    ("admin/core/policyrule/import/", "admin/core/calendarday/import/"),
    "takes a file; tests/core/test_reference_files.py",
)
