"""One act for everybody of a selection: each person an act of his own, all of them or none."""

from datetime import date, datetime
from enum import StrEnum
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import DomainError
from core.models import User
from members.models import Branch, Member
from members.selection import Selection, fingerprint
from members.services import life
from members.services.register_lock import CannotChangeLife, join_the_writers

MOST = 500  # people of one act: one transaction, and a list that somebody can still check


class Refusal(StrEnum):
    CHANGED = "bulk_changed"
    NOBODY = "bulk_nobody"
    TOO_MANY = "bulk_too_many"
    ONE_REFUSED = "bulk_one_refused"


class CannotChangeAll(DomainError):
    """Nobody was changed."""


_NOBODY = gettext_lazy("没有符合条件的会员。")
_TOO_MANY = gettext_lazy("一次最多办理 %(most)s 人，请缩小范围。")
_CHANGED = gettext_lazy("名单有变化，现在是 %(now)s 人。请核对后再次确认。")


def chosen_people(*, chosen: Selection, actor: User, at: datetime) -> list[int]:
    """Members of the selection in pk order, at most one more than an act may have."""
    people = chosen.people(user=actor, on=clock.local_date(at)).order_by("pk")
    return list(people.values_list("pk", flat=True)[: MOST + 1])


@transaction.atomic
def transfer_all(
    *,
    chosen: Selection,
    seen: str,
    branch: Branch,
    on: date,
    actor: User,
    at: datetime,
    **paper: Unpack[life.Paper],
) -> int:
    """From ``on`` everybody of the selection belongs to ``branch``; how many they are.

    ``seen`` is the fingerprint of the people that the actor was shown; if others are meant by now, nothing is done.
    Raises ``PermissionDenied``, ``CannotChangeAll``, ``CannotChangeLife``.
    """
    people = _held(chosen, seen, actor, at)
    for member in people:
        try:
            life.transfer_branch(member=member, branch=branch, on=on, actor=actor, at=at, **paper)
        except CannotChangeLife as refused:
            facts = {"who": member, "why": refused.message}
            raise CannotChangeAll(Refusal.ONE_REFUSED, _("没有办理：%(who)s：%(why)s") % facts) from refused
    return len(people)


def _held(chosen: Selection, seen: str, actor: User, at: datetime) -> list[Member]:
    """The people, locked in pk order, and still the ones that were seen: read again behind the locks, since a clerk
    who came first may have moved some of them."""
    join_the_writers()
    meant = chosen_people(chosen=chosen, actor=actor, at=at)
    if len(meant) > MOST:
        raise CannotChangeAll(Refusal.TOO_MANY, str(_TOO_MANY) % {"most": MOST})
    people = list(Member.objects.select_for_update().filter(pk__in=meant).order_by("pk"))
    now = chosen_people(chosen=chosen, actor=actor, at=at)
    if now != meant or fingerprint(now) != seen:
        raise CannotChangeAll(Refusal.CHANGED, str(_CHANGED) % {"now": len(now)})
    if not people:
        raise CannotChangeAll(Refusal.NOBODY, str(_NOBODY))
    return people
