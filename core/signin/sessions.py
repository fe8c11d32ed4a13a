"""When a session was last used, by the database's clock: beside the session, so no request writes over another's.

allauth keeps one ``UserSession`` for each session; the moment is in its ``data``, where allauth writes nothing.
"""

from allauth.usersessions.models import UserSession
from django.db import connection
from django.http import HttpRequest

from core.requests import address_of

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60
TOUCH_SECONDS = 1  # the moment is written at most once a second, and is never older than that

# One statement: the moment as it was, and the new one unless the session is over or was used just now.
_TOUCH = """
WITH before AS (
    SELECT id, coalesce((data ->> 'seen_at')::float8, %(started)s) AS seen
    FROM usersessions_usersession WHERE session_key = %(key)s
), touched AS (
    UPDATE usersessions_usersession AS this SET data = jsonb_set(this.data, '{seen_at}', to_jsonb(%(now)s::float8))
    FROM before
    WHERE this.id = before.id AND seen >= %(now)s - %(idle)s AND NOT seen BETWEEN %(now)s - %(touch)s AND %(now)s
)
SELECT seen FROM before
"""


def is_over(request: HttpRequest, now: float) -> bool:
    """Whether 30 idle minutes or 12 hours are over; if not, this request counts as use. ``now``: seconds."""
    started = request.session.setdefault("started_at", now)
    seen = _touch(str(request.session.session_key), started, now)
    if seen is None:
        begin(request, now)
        seen = started
    return now - seen > IDLE_SECONDS or now - started > ABSOLUTE_SECONDS


def begin(request: HttpRequest, now: float) -> None:
    """A session's first use under its key: after signing in, or when a new password has given it a new key."""
    seen, key = {"seen_at": now}, request.session.session_key
    if not UserSession.objects.filter(session_key=key).update(data=seen):  # no row: not by the sign-in page
        agent, ip = request.META.get("HTTP_USER_AGENT", "")[:200], address_of(request)
        row = UserSession(user_id=request.user.pk, session_key=key, ip=ip, user_agent=agent, data=seen)
        UserSession.objects.bulk_create([row], ignore_conflicts=True)


def renew_key(request: HttpRequest) -> None:
    """The same session under another key: whoever knew the old one is out."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def _touch(key: str, started: float, now: float) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCH, {"key": key, "started": started, "now": now, "idle": IDLE_SECONDS, "touch": TOUCH_SECONDS}
        )
        found = cursor.fetchone()
    return found[0] if found else None
