"""The watch over the audit, and work that was parked: who reads, who acts."""

from core import clock
from core.enums import Role, Story
from core.models import Alert, OutboxMessage
from tests.cast import Cast
from tests.matrix.admin import SYSTEM, may, pages
from tests.matrix.table import ADMIN, Row

GUARDS = frozenset({Role.AUDIT_ADMIN, Role.SECURITY_ADMIN})


def _alert(cast: Cast) -> Alert:
    at = clock.now()
    given = {"count": 1, "seen_at": at, "raised_at": at}
    return Alert.objects.get_or_create(
        story=Story.PARKED_WORK, subject="task:core.matrix", period="", defaults=given
    )[0]


def _parked(cast: Cast) -> dict:
    given = {"attempts": 5, "parked_at": clock.now(), "last_error": "KeyError"}
    return {"pk": OutboxMessage.objects.get_or_create(name="core.matrix.parked", defaults=given)[0].pk}


ALERT, RELEASE = "admin/core/alert/<path:object_id>/change/", "admin/core/outboxmessage/<uuid:pk>/release/"
ROWS = [
    *pages("core/alert", _alert, view=GUARDS, change=GUARDS),
    Row(RELEASE, get=may(ADMIN, 405), post=may(SYSTEM, 302), kwargs=_parked),
    Row(
        RELEASE,
        label=" nothing",
        get=may(ADMIN, 405),
        post=may(SYSTEM, 404),
        kwargs=lambda cast: {"pk": "00000000-0000-4000-8000-000000000000"},
    ),
]
FILLED = {ALERT: lambda cast: {"note": "已核实，系误操作"}, RELEASE: lambda cast: {}}
