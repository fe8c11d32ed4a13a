"""Chainable filters of reminders and messages. Outside ``visible_to(user)`` nothing exists."""

from datetime import date, datetime

from django.db import models
from django.db.models import Case, Q, Value, When

from core import clock
from core.clock import local_date
from core.enums import Role
from members.models import Membership, Segment
from notices.enums import AnnouncementState, Audience, Readers

# Offices that see who was reminded and whether it arrived; everybody else sees his own messages only.
READERS = (Role.UNION_STAFF, Role.CHAIR)


def addressed_to(user) -> Q:
    """Rows that belong to this person, by his account or by his member record."""
    return Q(user=user) | Q(member__user=user)


class ReminderRuleQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ReminderRuleQuerySet":
        return self if user.holds(*READERS) else self.none()

    def idle(self) -> "ReminderRuleQuerySet":
        """Switched on, but its kept selection stands for nobody: shared no more, or its owner sees no whole roll."""
        found = self.filter(is_active=True, audience=Audience.SEGMENT)
        return found.exclude(segment__in=Segment.objects.union_wide())


class ReminderQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ReminderQuerySet":
        return self if user.holds(*READERS) else self.filter(addressed_to(user))


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user) -> "DeliveryQuerySet":
        if user.holds(*READERS):
            return self
        return self.filter(Q(reminder__user=user) | Q(reminder__member__user=user))


class InboxQuerySet(models.QuerySet):
    def visible_to(self, user) -> "InboxQuerySet":
        """Everybody reads his own messages, whatever office he holds."""
        return self.filter(addressed_to(user))

    def unread(self) -> "InboxQuerySet":
        return self.filter(read_at__isnull=True)


class AnnouncementQuerySet(models.QuerySet):
    def shown(self, at: datetime) -> "AnnouncementQuerySet":
        """Published, its time has come and not run out."""
        running = Q(expires_on__isnull=True) | Q(expires_on__gte=local_date(at))
        return self.filter(running, state=AnnouncementState.PUBLISHED, publish_at__lte=at)

    def public(self, at: datetime) -> "AnnouncementQuerySet":
        """What anybody may read without signing in."""
        return self.shown(at).filter(is_public=True)

    def read_by(self, user, at: datetime) -> "AnnouncementQuerySet":
        """What this person finds in the portal: meant for all, for his branch of today, or for his office."""
        branches = set(user.branch_ids) | set(
            Membership.objects.on(local_date(at)).filter(member__user=user).values_list("branch", flat=True)
        )
        mine = Q(readers=Readers.MEMBERS)
        if branches:
            mine |= Q(readers=Readers.BRANCHES, pk__in=self.filter(branches__in=branches).values("pk"))
        if user.holds(*READERS, Role.BRANCH_OFFICER):
            mine |= Q(readers=Readers.STAFF)
        return self.shown(at).filter(mine)

    def visible_to(self, user) -> "AnnouncementQuerySet":
        """Drafts and all for who keeps or oversees them; everybody else what is shown to him now."""
        return self if user.holds(*READERS) else self.read_by(user, clock.now())

    def pinned_first(self, on: date) -> "AnnouncementQuerySet":
        pinned = Case(When(pinned_until__gte=on, then=Value(0)), default=Value(1))
        return self.order_by(pinned, "-publish_at", "-pk")


class PreferenceQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PreferenceQuerySet":
        return self.filter(addressed_to(user))


class RobotQuerySet(models.QuerySet):
    def visible_to(self, user) -> "RobotQuerySet":
        return self if user.holds(*READERS) else self.none()


class RobotPostQuerySet(models.QuerySet):
    def visible_to(self, user) -> "RobotPostQuerySet":
        return self if user.holds(*READERS) else self.none()


class DigestQuerySet(models.QuerySet):
    def visible_to(self, user) -> "DigestQuerySet":
        return self if user.holds(*READERS) else self.filter(user=user)
