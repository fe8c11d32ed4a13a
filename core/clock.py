"""The time is the database's: read once per request or task, then passed on as ``at``."""

from datetime import date, datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The database's clock, aware; inside a transaction still the time of this call."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def local_date(at: datetime) -> date:
    """The day in the school's time zone."""
    return timezone.localdate(at)


def today() -> date:
    return local_date(now())
