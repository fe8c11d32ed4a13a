"""Holding one person of the register while his periods are changed, apart from imports and other clerks."""

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from core.errors import DomainError
from members.life_codes import LifeRefusal
from members.models import Member

# The import's order of tables, so that the two never wait for each other in a ring; it holds them against writers.
_LOCK = """
SET LOCAL lock_timeout = '3s';
LOCK TABLE members_member, members_membersecret, members_membership IN ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout TO DEFAULT;
"""


class CannotChangeLife(DomainError):
    """The change of membership is not done; ``code`` is a ``LifeRefusal``."""


def join_the_writers() -> None:
    """Wait for a running import at most 3 s, and let none begin before this transaction ends."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise CannotChangeLife(LifeRefusal.BUSY) from error
        raise


def hold(member: Member) -> Member:
    """The person, locked until the commit: two clerks at once, one after the other. No record that was merged."""
    join_the_writers()
    held = Member.objects.select_for_update().get(pk=member.pk)
    if held.merged_into_id is not None:
        raise CannotChangeLife(LifeRefusal.MERGED)
    return held
