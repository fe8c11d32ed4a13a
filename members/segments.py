"""Who is in a segment: the one way for pages, exports and reminders."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from core.models import User
from members import selection
from members.models import Member, Segment
from members.querysets.roll import MemberQuerySet

Use = Callable[[Segment], list[str]]
_uses: list[Use] = []


def people_of(segment: Segment, *, user: User, on: date) -> MemberQuerySet:
    """Who is in it on that day, among those whom ``user`` may see.

    Nobody where the segment is not his to use, or where a filter that it was made of is known no more.
    """
    if not Segment.objects.visible_to(user).filter(pk=segment.pk).exists():
        return Member.objects.none()
    try:
        return selection.parse(segment.query, user=user, on=on).people(user=user, on=on)
    except selection.CannotSelect:
        return Member.objects.none()


def words_of(segment: Segment, *, user: User, on: date) -> str:
    """Its conditions as people say them."""
    try:
        return selection.parse(segment.query, user=user, on=on).words(user=user, on=on)
    except selection.CannotSelect as refused:
        return refused.message


def why_not_union_wide(segment: Segment, *, on: date) -> str:
    """Why nobody may be meant by it in the union's name on that day; "" where nothing stands in the way."""
    if not segment.is_shared:
        return _("名单“%(name)s”已不再供全体干事使用。") % {"name": segment.name}
    if not Segment.objects.union_wide().filter(pk=segment.pk).exists():
        return _("名单“%(name)s”的建立人%(owner)s已不能查看全体会员。") % {
            "name": segment.name,
            "owner": segment.owner.name,
        }
    try:
        selection.parse(segment.query, user=segment.owner, on=on)
    except selection.CannotSelect as refused:
        return f"{segment.name}：{refused.message}"
    return ""


def tells_uses(use: Use) -> Use:
    """Register a function that says, in words, what of its app stands on a segment; in the app's ``segments.py``."""
    _uses.append(use)
    return use


def uses_of(segment: Segment) -> list[str]:
    """What would mean nobody without it: neither deleted nor kept to oneself while there is any."""
    return [where for use in _uses for where in use(segment)]
