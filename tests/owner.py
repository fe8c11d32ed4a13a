"""The owner's own connection to the test database: for controls that take a guard away."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connections


@contextmanager
def as_owner() -> Iterator[psycopg.Connection]:
    """Autocommit, as the role that owns the tables."""
    given = connections["owner" if "owner" in settings.DATABASES else "default"].settings_dict
    with psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"] or None,
        dbname=given["NAME"],
        autocommit=True,
    ) as connection:
        yield connection


def owner_does(*statements: str) -> None:
    """Run the statements one by one."""
    with as_owner() as owner:
        for statement in statements:
            owner.execute(statement)
