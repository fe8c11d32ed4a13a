"""What a row was before a transaction changed it, and what it is now, as keyed digests (TRUST.md Q1, ADR 0009).

Triggers of the owner keep the digest of every row that a transaction touches, on all tables of the house but those
that say ``untracked = True``: no service has to think of it, and raw SQL and COPY are seen too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import connection, connections, models, transaction

from core import sealed

# event -> the transition table that shows the row as it was (an inserted one: only that it is there)
EVENTS = {"INSERT": "NEW", "UPDATE": "OLD", "DELETE": "OLD"}


def take(row: models.Model) -> tuple[str, str]:
    """(before, after) of this row since the last entry about it in this transaction, or since its start.

    "" means that there was or is no such row. Untracked tables: ("", "").
    """
    meta = row._meta
    if row.pk is None or getattr(row, "untracked", False) or not meta.managed:
        return "", ""
    table, column = connection.ops.quote_name(meta.db_table), connection.ops.quote_name(str(meta.pk.column))
    with connection.cursor() as cursor:
        now = " ".join(("SELECT core_row_digest(r) FROM", table, "AS r WHERE", column, "= %s"))
        cursor.execute(f"SELECT core_take_before(%s::regclass, %s), ({now})", [table, str(row.pk), row.pk])
        kept, left = cursor.fetchone()
    key = sealed.hasher()
    after = key(f"{meta.db_table}:{row.pk}:{left}") if left else ""
    if kept is None:  # not touched
        return after, after
    return (key(f"{meta.db_table}:{row.pk}:{kept}") if kept else ""), after


@contextmanager
def not_kept() -> Iterator[None]:
    """Inside a transaction: what these rows were is not kept. For bulk work whose one entry is about the run.

    An entry about one of the rows, later in the transaction, would call it untouched: there must be none.
    """
    with transaction.atomic(), connection.cursor() as cursor:  # an error takes the setting back with the savepoint
        cursor.execute("SELECT set_config('core.not_kept', 'on', true)")
        yield
        cursor.execute("SELECT set_config('core.not_kept', 'off', true)")


def keep_no_more() -> None:
    """``not_kept`` to the end of this transaction: of one that is bulk work and nothing else, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('core.not_kept', 'on', true)")


def track_all() -> None:
    """Give every table its triggers, tables of later migrations included. Run by the owner after each migration."""
    owner = connections["owner" if "owner" in settings.DATABASES else "default"]
    with owner.cursor() as cursor:
        cursor.execute("SELECT to_regproc('core_keep_before') IS NOT NULL")
        if not cursor.fetchone()[0]:  # migrated back to before ADR 0009
            return
        there = set(owner.introspection.table_names(cursor))
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname ~ '^keep_before_'")
        have = set(cursor.fetchall())
        for model in tracked():
            table, key = model._meta.db_table, model._meta.pk.column
            for event, side in EVENTS.items():
                name = f"keep_before_{event.lower()}"
                if table in there and (table, name) not in have:
                    cursor.execute(
                        f"CREATE TRIGGER {name} AFTER {event} ON {owner.ops.quote_name(table)}"
                        f" REFERENCING {side} TABLE AS changed FOR EACH STATEMENT"
                        f" EXECUTE FUNCTION core_keep_before('{key}')"
                    )


def tracked() -> Iterator[type[models.Model]]:
    """The models of the house whose rows an entry may be about."""
    for model in apps.get_models():
        meta = model._meta
        ours = meta.app_config.name in settings.HOUSE and meta.managed and not meta.proxy
        if ours and not getattr(model, "untracked", False) and not getattr(model, "read_only", False):
            yield model
