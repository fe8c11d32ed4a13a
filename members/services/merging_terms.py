"""Days that two records of one person both have: memberships, and posts in one body (ADR 0010).

Of memberships the clerk says whose stand. Posts in one body that overlap become one: the kept person's, which takes
over the days of the other where both are the same position. What is taken out is stored whole, what is widened is
stored as it was.
"""

from datetime import date
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from core.errors import DomainError
from members.feed_codes import MergeRefusal
from members.merging import Relation
from members.models import Member, Membership, Post

KEEP, DROP = "keep", "drop"
_DAYS = ("from_on", "until_on")
Aside = dict[str, Any]  # {"relation": label, "values": {...}}
Widened = dict[str, Any]  # {"pk": ..., "was": {...}, "now": {...}}


class CannotMerge(DomainError):
    """The merge is not done; ``code`` is a ``MergeRefusal``."""


def share_a_day(one: Any, other: Any) -> bool:
    """Whether two periods ``[from_on, until_on)`` overlap."""
    starts_before_end = other.until_on is None or one.from_on < other.until_on
    return starts_before_end and (one.until_on is None or other.from_on < one.until_on)


def set_aside(relation: Relation, keep: Member, drop: Member, stands: str) -> list[Aside]:
    """Take out the periods of the one that does not stand where they share a day with the other's."""
    mine, theirs = (list(relation.model._base_manager.filter(**{relation.column: one})) for one in (keep, drop))
    shared = [(one, other) for one in mine for other in theirs if share_a_day(one, other)]
    if shared and relation.model is Membership and stands not in (KEEP, DROP):
        raise CannotMerge(MergeRefusal.BOTH_ON_ROLL)
    return [_take_out(relation, row) for row in {pair[0 if stands == DROP else 1] for pair in shared}]


def clashing_posts(keep: Member, drop: Member) -> list[tuple[Post, Post]]:
    """(of ``keep``, of ``drop``): posts of both in one body with a day in common."""
    rows = Post.objects.held().filter(member__in=[keep, drop]).select_related("body").order_by("from_on", "pk")
    return [
        (mine, theirs)
        for mine in rows
        for theirs in rows
        if (mine.member_id, theirs.member_id) == (keep.pk, drop.pk)
        and mine.body_id == theirs.body_id
        and share_a_day(mine, theirs)
    ]


def joined(one: Post, other: Post) -> tuple[date, date | None] | None:
    """The days of both as one term; None where the positions differ, and the kept one's stands as it is."""
    if one.position != other.position:
        return None
    return min(one.from_on, other.from_on), _later(one.until_on, other.until_on)


def join_posts(relation: Relation, keep: Member, drop: Member) -> tuple[list[Aside], list[Widened]]:
    """Make one post of two that clash; what was taken out, and what was widened."""
    aside, widened = [], []
    found = clashing_posts(keep, drop)
    for theirs in {theirs.pk: theirs for _, theirs in found}.values():
        beside = [mine for mine, other in found if other.pk == theirs.pk]
        aside.append(_take_out(relation, theirs))
        days = joined(beside[0], theirs) if len(beside) == 1 else None
        if days and (told := _widen(beside[0].pk, days)):
            widened.append(told)
    return aside, widened


def narrow(widened: list[Widened]) -> None:
    """Posts as they were before ``join_posts``, the last first."""
    for told in reversed(widened):
        Post.objects.filter(pk=told["pk"]).update(**told["was"])


def changed_since(widened: list[Widened], keep: Member) -> int:
    """How many of the widened posts are no longer as the merge left them."""
    last = {told["pk"]: told["now"] for told in widened}
    return sum(not Post.objects.filter(pk=pk, member=keep, **now).exists() for pk, now in last.items())


def _later(one: date | None, other: date | None) -> date | None:
    """Of two ends; None is open."""
    return None if one is None or other is None else max(one, other)


def _widen(pk: int, days: tuple[date, date | None]) -> Widened | None:
    post = Post.objects.get(pk=pk)  # a term before may have widened it already
    was = {name: getattr(post, name) for name in _DAYS}
    post.from_on = min(post.from_on, days[0])
    post.until_on = _later(post.until_on, days[1])
    now = {name: getattr(post, name) for name in _DAYS}
    if now == was:
        return None
    try:
        with transaction.atomic():
            post.save(update_fields=list(_DAYS))
    except IntegrityError:  # another post of his stands between
        return None
    return {"pk": pk, "was": was, "now": now}


def _take_out(relation: Relation, row: models.Model) -> Aside:
    values = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
    try:
        row.delete()
    except ProtectedError as used:
        raise CannotMerge(MergeRefusal.OBSTACLE) from used
    return {"relation": relation.label, "values": values}
