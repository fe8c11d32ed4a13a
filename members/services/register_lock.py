"""Holding the register, or one person of it, while periods are changed: imports and clerks apart from each other."""

from django.db import connection

from core import locks
from core.errors import DomainError
from members.life_codes import LifeRefusal
from members.models import Member

# One order of tables, so that an import and a clerk never wait for each other in a ring. Nobody waits longer than
# ``locks.WAIT``; then he is told instead of kept.
_LOCK = "LOCK TABLE members_member, members_membersecret, members_membership IN {mode} MODE"
_WRITE, _ALONE = _LOCK.format(mode="ROW EXCLUSIVE"), _LOCK.format(mode="SHARE ROW EXCLUSIVE")


class CannotChangeLife(DomainError):
    """The change of membership is not done; ``code`` is a ``LifeRefusal``."""


def lock_register() -> None:
    """Hold the register for this transaction: others read, nobody else writes. Raises ``locks.Busy``.

    Between judging a file against the register and writing it, no second import and no clerk may add the same staff
    or ID number, or a period that the plan does not know.
    """
    _lock(_ALONE)


def join_the_writers() -> None:
    """Wait for a running import, at most ``locks.WAIT``, and let none begin before this transaction ends."""
    try:
        _lock(_WRITE)
    except locks.Busy as busy:
        raise CannotChangeLife(LifeRefusal.BUSY) from busy


def hold(member: Member) -> Member:
    """The person, locked until the commit: two clerks at once, one after the other. No record that was merged."""
    join_the_writers()
    held = Member.objects.select_for_update().get(pk=member.pk)
    if held.merged_into_id is not None:
        raise CannotChangeLife(LifeRefusal.MERGED)
    return held


def _lock(statement: str) -> None:
    with locks.waiting_at_most(), connection.cursor() as cursor:
        cursor.execute(statement)
