"""Posts end with the membership that a roster ends, as with every other ending."""

from datetime import date, datetime, timedelta
from typing import Any

from core.models import User
from members.enums import EndReason
from members.models import Member, Post
from members.services import posts
from members.services.roster_comparing import Comparison

Told = dict[str, Any]  # a post as it was, for ``posts.restore``


def end(found: Comparison, *, actor: User | None, at: datetime) -> dict[int, list[Told]]:
    """End the posts of those whose membership ``found`` ends; member -> what they were.

    After ``roster_writing.store``, in its transaction. ``actor`` None is the system.
    """
    leaving = _leaving(found)
    told = {}
    for member in _hold(sorted(leaving)):
        last, why = leaving[member.pk]
        if was := posts.end_for(member=member, on=last, actor=actor, at=at, document=why):
            told[member.pk] = was
    return told


def _leaving(found: Comparison) -> dict[int, tuple[date, str]]:
    """Member -> his last day, and why, in words."""
    leaving = {}
    for n, plan in found.plans.items():
        if (period := plan.leaving) and period.until_on:
            why = str(EndReason(period.reason_out).label)
            leaving[found.pk_of(n)] = period.until_on - timedelta(days=1), why
    return leaving


def _hold(keys: list[int]) -> list[Member]:
    """Those of them who hold or held a post.

    An appointment at the same moment is waited for, or waits for us and is refused. All posts are locked before the
    first audit entry, which holds the chain's head.
    """
    if not keys:
        return []
    list(Member.objects.filter(pk__in=keys).order_by("pk").select_for_update().values_list("pk"))
    rows = Post.objects.filter(member__in=keys).order_by("pk").select_for_update().values_list("member", flat=True)
    return list(Member.objects.filter(pk__in=set(rows)).order_by("pk"))
