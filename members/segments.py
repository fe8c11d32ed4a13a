"""Who is in a segment: the one way for pages, exports and reminders."""

from datetime import date

from core.models import User
from members import selection
from members.models import Member, Segment
from members.querysets import MemberQuerySet


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
