"""Threads that start at the same moment, each with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def together(function: Callable[[int], object], times: int) -> list:
    """What ``function(0) ... function(times - 1)`` returned or raised, in that order."""
    start = Barrier(times)

    def run(number: int) -> object:
        try:
            connection.ensure_connection()
            start.wait(30)
            return function(number)
        except Exception as error:  # the caller asserts on it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def somebody_waits() -> bool:
    """For a lock of this database; asked by a connection of its own, so that it is told what is so now."""

    def look(_number: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            return cursor.fetchone()[0]

    return together(look, 1)[0]
