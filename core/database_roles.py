"""The application's database role owns nothing and may not rewrite history (TRUST.md 2.11).

A model says so itself: ``append_only = True`` keeps SELECT and INSERT, ``read_only = True`` keeps SELECT.
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction

REVOKED = {"append_only": ("UPDATE", "DELETE", "TRUNCATE"), "read_only": ("INSERT", "UPDATE", "DELETE", "TRUNCATE")}


def are_apart() -> bool:
    """True when migrations run under another role than the application."""
    databases = settings.DATABASES
    return "owner" in databases and databases["owner"]["USER"] != databases["default"]["USER"]


def grant_to_application() -> None:
    """Give the application's role its rights on every table, tables of later migrations included.

    Run by the owner after each migration. With one role for both there is nothing to grant.
    """
    if not are_apart():
        return
    owner = connections["owner"]
    name = owner.ops.quote_name(settings.DATABASES["default"]["USER"])
    # One transaction: at no moment has the application a right that is taken back a line later.
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table, rights in _guarded_tables():
            cursor.execute(f"REVOKE {', '.join(rights)} ON {owner.ops.quote_name(table)} FROM {name}")


def rights_too_many() -> list[tuple[str, str]]:
    """(table, right) that the application's role has and should not have; ownership counts as a right."""
    found = []
    with connection.cursor() as cursor:
        existing = connection.introspection.table_names(cursor)  # none of them before the first migration
        for table, rights in _guarded_tables():
            if table not in existing:
                continue
            cursor.execute(
                "SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = %s::regclass", [table]
            )
            if cursor.fetchone()[0]:
                found.append((table, "OWNER"))
            for right in rights:
                cursor.execute("SELECT has_table_privilege(%s, %s)", [table, right])
                if cursor.fetchone()[0]:
                    found.append((table, right))
    return found


def _guarded_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    for model in apps.get_models():
        for mark, rights in REVOKED.items():
            if getattr(model, mark, False):
                yield model._meta.db_table, rights
