"""Who did what to whom, when and why. No audit, no write: a failed entry fails the business transaction."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from core import row_states
from core.models import AuditEntry, User

# The address of the request being answered; set by the middleware, empty in workers and commands.
came_from: ContextVar[str | None] = ContextVar("came_from", default=None)


_WRITTEN = (
    *("at", "actor", "actor_username", "actor_roles", "address", "action", "target_type", "target_id"),
    *("subject", "basis", "data", "state_before", "state_after"),
)
_APPEND_AND_COMMIT = """
INSERT INTO core_auditentry (at, actor_id, actor_username, actor_roles, address, action, target_type, target_id,
                             subject, basis, data, state_before, state_after)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);
COMMIT"""


def record(
    *,
    actor: User | None,
    action: str,
    target: models.Model | None = None,
    subject: int | None = None,
    basis: str = "",
    data: dict[str, Any] | None = None,
    at: datetime,
) -> AuditEntry:
    """Append one entry; call it after every row lock, because it holds the chain's head until the commit.

    ``action`` is "app.model.verb_past"; ``actor`` None is the system itself. ``subject`` is the member concerned, who
    may read the entry. ``data`` holds ids, masks, counts and keyed hashes, never an ID or card number in clear.
    Call it after the writes: it notes what the target's row was before them and is now (ADR 0009).
    """
    entry = entry_of(actor=actor, action=action, target=target, subject=subject, basis=basis, data=data, at=at)
    entry.save(force_insert=True)
    return entry


def commit_with(entry: AuditEntry) -> None:
    """Append ``entry_of(...)`` and commit, as the last thing that a service does: the same, in one message.

    Whoever waits for the chain's head waits for no answer of ours then, which counts where many act at once. Both
    are done or neither. Inside somebody else's transaction it is appended, and that one commits.
    """
    if len(connection.atomic_blocks) != 1 or connection.needs_rollback:
        entry.save(force_insert=True)
        return
    columns = {column.name: column for column in AuditEntry._meta.concrete_fields}
    told = [(columns[name], getattr(entry, columns[name].attname)) for name in _WRITTEN]
    with connection.cursor() as cursor:
        values = [column.get_db_prep_save(value, connection) for column, value in told]
        cursor.execute(_APPEND_AND_COMMIT, values)  # what Django commits afterwards is nothing any more


def entry_of(
    *,
    actor: User | None,
    action: str,
    target: models.Model | None = None,
    subject: int | None = None,
    basis: str = "",
    data: dict[str, Any] | None = None,
    at: datetime,
) -> AuditEntry:
    """What ``record`` appends."""
    before, after = row_states.take(target) if target is not None else ("", "")
    person = actor if actor is not None and actor.pk else None
    return AuditEntry(
        at=at,
        actor_id=person.pk if person else None,
        actor_username=person.username if person else "",
        actor_roles=sorted(person.roles) if person else [],
        address=came_from.get(),
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        subject=subject,
        basis=basis,
        data=data or {},
        state_before=before,
        state_after=after,
    )


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold. ``problem``: altered, unchained (what was before it is gone) or head."""

    position: int
    problem: str


_BREAKS = """
WITH entries AS (
    SELECT position, previous_hash, hash,
           coalesce(lag(position) OVER w, %(after)s) + 1 AS expected_position,
           coalesce(lag(hash) OVER w, CASE WHEN %(after)s > 0 THEN previous_hash ELSE repeat('0', 64) END)
               AS expected_previous,
           core_audit_hash(entry) AS expected_hash
    FROM core_auditentry AS entry WHERE position > %(after)s WINDOW w AS (ORDER BY position)
), last AS (
    SELECT coalesce(max(position), 0) AS position FROM core_auditentry
)
SELECT position, CASE WHEN hash <> expected_hash THEN 'altered' ELSE 'unchained' END
FROM entries
WHERE hash <> expected_hash OR previous_hash <> expected_previous OR position <> expected_position
UNION ALL
SELECT last.position, 'head' FROM last
WHERE NOT EXISTS (
    SELECT FROM core_auditchain AS head
    WHERE head.position = last.position
      AND CASE WHEN last.position = 0 THEN head.hash = repeat('0', 64)
               ELSE EXISTS (SELECT FROM entries WHERE position = last.position AND hash = head.hash) END
)
ORDER BY 1
"""


def verify_chain(*, newest: int | None = None) -> list[Break]:
    """Every break in order: an edit, a deletion, a reordering, a cut tail. One statement, so one snapshot.

    ``newest``: only so many entries up to the head; the first of them is then taken at its word for what was before.
    """
    with connection.cursor() as cursor:
        after = 0
        if newest is not None:
            cursor.execute("SELECT coalesce(max(position), 0) FROM core_auditentry")
            after = max(cursor.fetchone()[0] - newest, 0)
        cursor.execute(_BREAKS, {"after": after})
        return [Break(*row) for row in cursor.fetchall()]


def anchor() -> str:
    """``position:hash`` of the head, to be kept off the host: who cuts the tail and the head cannot cut that."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce((SELECT position || ':' || hash FROM core_auditchain WHERE id = 1), '')")
        return cursor.fetchone()[0]


def holds(anchored: str) -> bool:
    """True when an anchor of an earlier day is still a link of the chain."""
    position, _, digest = anchored.partition(":")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s = repeat('0', 64)"
            " OR EXISTS (SELECT FROM core_auditentry AS e WHERE position = %s AND core_audit_hash(e) = %s)",
            [digest, int(position), digest],
        )
        return cursor.fetchone()[0]
