"""Reminders in the browser admin: the rules, who is due, what became of it."""

from notices.admin.records import DeliveryAdmin, ReminderAdmin
from notices.admin.reminder_rules import ReminderRuleAdmin

__all__ = ["DeliveryAdmin", "ReminderAdmin", "ReminderRuleAdmin"]
