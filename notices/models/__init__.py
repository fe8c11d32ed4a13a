"""The tables of notices, by aggregate."""

from notices.models.digests import Digest, DigestChoice
from notices.models.inbox import InboxMessage, NoticePreference
from notices.models.reminders import Delivery, Reminder
from notices.models.robots import Robot, RobotPost
from notices.models.rules import ReminderRule

__all__ = [
    "Delivery",
    "Digest",
    "DigestChoice",
    "InboxMessage",
    "NoticePreference",
    "Reminder",
    "ReminderRule",
    "Robot",
    "RobotPost",
]
