"""The application's database role owns nothing and may not rewrite history (TRUST.md 2.11)."""

from django.apps import apps
from django.conf import settings
from django.db import connections


def grant_to_application() -> None:
    """Give the application's role its rights on every table; append-only models keep SELECT and INSERT.

    Run by the owner after each migration. With one role for both there is nothing to grant.
    """
    role = settings.DATABASES["default"]["USER"]
    if "owner" not in settings.DATABASES or role == settings.DATABASES["owner"]["USER"]:
        return
    connection = connections["owner"]
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for model in apps.get_models():
            if getattr(model, "append_only", False):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")
            if getattr(model, "read_only", False):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {name}")
