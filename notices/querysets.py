"""Chainable filters of reminders and messages. Outside ``visible_to(user)`` nothing exists."""

from django.db import models
from django.db.models import Q

from core.enums import Role

# Offices that see who was reminded and whether it arrived; everybody else sees his own messages only.
READERS = (Role.UNION_STAFF, Role.CHAIR)


def addressed_to(user) -> Q:
    """Rows that belong to this person, by his account or by his member record."""
    return Q(user=user) | Q(member__user=user)


class ReminderRuleQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ReminderRuleQuerySet":
        return self if user.holds(*READERS) else self.none()


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
