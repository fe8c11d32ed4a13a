"""A migrated database of a bench's own, gone afterwards: no bench touches anybody's data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg


def _at(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def scratch_database() -> Iterator[None]:
    """Point DATABASE_URL at a new database, migrate it and set Django up; drop it at the end.

    The owner's role (DATABASE_OWNER_URL, else DATABASE_URL) must be allowed to create databases.
    """
    before = {key: os.environ.get(key) for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    owner = before["DATABASE_OWNER_URL"] or os.environ["DATABASE_URL"]
    name = f"bench_{os.getpid()}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        for key, url in before.items():
            if url:
                os.environ[key] = _at(url, name)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        yield
        connections.close_all()
    finally:
        os.environ.update({key: url for key, url in before.items() if url})
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
