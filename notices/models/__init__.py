"""The tables of notices, by aggregate."""

from notices.models.announcements import Announcement, NewsColumn, Receipt
from notices.models.digests import Digest, DigestChoice
from notices.models.inbox import InboxMessage, NoticePreference
from notices.models.reminders import Delivery, Reminder
from notices.models.robots import Robot, RobotPost
from notices.models.rules import ReminderRule

__all__ = [
    "Announcement",
    "Delivery",
    "Digest",
    "DigestChoice",
    "InboxMessage",
    "NewsColumn",
    "NoticePreference",
    "Receipt",
    "Reminder",
    "ReminderRule",
    "Robot",
    "RobotPost",
]
