"""Named locks of the database: held by a session or a transaction, gone with it, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connection, models
from psycopg.errors import DeadlockDetected, LockNotAvailable

Row = TypeVar("Row", bound=models.Model)
WAIT = 3.0  # seconds for a lock, then 忙，请重试 (TRUST.md 2.1)


class Busy(Exception):
    """Somebody else holds what is wanted, and held it for too long. The transaction is lost."""


@contextmanager
def waiting_at_most(seconds: float | None = None) -> Iterator[None]:
    """Inside a transaction: no lock is waited for longer (None: ``WAIT``). Raises ``Busy``, for a deadlock too."""
    longest = f"{WAIT if seconds is None else seconds}s"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [longest])
            yield
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise Busy from error
        raise


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """True inside when no other session holds ``name``; held over transactions, until the block ends.

    The block keeps its connection: one that it gave back to the pool would carry the lock to somebody else.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = cursor.fetchone()[0]
    session = connection.connection
    try:
        yield mine
    finally:
        if mine and not session.closed:  # a session that was lost has given its lock back already
            if connection.connection is not session:
                raise RuntimeError(f"the connection was closed under the lock {name}")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def held(rows: "models.QuerySet[Row]", key: int) -> Row:
    """The row of this key, locked until the commit, with what ``rows`` joins to it. Raises ``DoesNotExist``.

    Read after the lock, not with it: to whoever waited the database gives the row as it is now, but what is joined to
    it as it was before.
    """
    rows.model._base_manager.select_for_update().values_list("pk").get(pk=key)
    return rows.get(pk=key)


def take_until_commit(name: str) -> bool:
    """True when no other transaction holds ``name``; held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return cursor.fetchone()[0]


def wait_until_commit(name: str) -> None:
    """Wait for other transactions that hold ``name``, then hold it until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
