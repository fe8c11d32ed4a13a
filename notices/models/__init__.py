"""The tables of notices, by aggregate."""

from notices.models.inbox import InboxMessage, NoticePreference
from notices.models.reminders import Delivery, Reminder
from notices.models.rules import ReminderRule

__all__ = ["Delivery", "InboxMessage", "NoticePreference", "Reminder", "ReminderRule"]
