"""Reads of the notice board: who has confirmed an announcement, who has not, what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.clock import local_date
from core.models import User
from members.models import Member
from notices.enums import Readers
from notices.models import Announcement, Receipt

MOST_NAMED = 500


@dataclass(frozen=True)
class Reading:
    """How many it is meant for today, how many said they read it, and the first of those who did not."""

    meant_for: int
    confirmed: int
    missing: list[Member]

    @property
    def open(self) -> int:
        return self.meant_for - self.confirmed


def members_meant(announcement: Announcement, *, at: datetime) -> QuerySet[Member]:
    """The members on the roll today for whom it is; nobody where it is for the staff (accounts, not members)."""
    today = local_date(at)
    if announcement.readers == Readers.STAFF:
        return Member.objects.none()
    if announcement.readers == Readers.BRANCHES:
        return Member.objects.in_branches(list(announcement.branches.values_list("pk", flat=True)), on=today)
    return Member.objects.on_roll(today)


def reading_of(announcement: Announcement, *, user: User, at: datetime) -> Reading:
    """The reading among the members whom ``user`` may see: all for the staff, his branch's for its officer."""
    visible = Member.objects.visible_to(user).values("pk")
    meant = members_meant(announcement, at=at).filter(pk__in=visible)
    readers = Receipt.objects.filter(announcement=announcement).values("user")
    confirmed = meant.filter(user__in=readers).count()
    missing = meant.exclude(user__in=readers).order_by("pinyin", "pk")[:MOST_NAMED]
    return Reading(meant_for=meant.count(), confirmed=confirmed, missing=list(missing))


def unconfirmed(user: User, *, at: datetime) -> QuerySet[Announcement]:
    """What asks this person for a receipt that he has not given yet."""
    given = Receipt.objects.filter(user=user).values("announcement")
    return Announcement.objects.read_by(user, at).filter(needs_receipt=True).exclude(pk__in=given)
