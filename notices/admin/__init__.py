"""Reminders in the browser admin: the rules, who is due, what became of it, and the groups that are told."""

from notices.admin.announcements import AnnouncementAdmin
from notices.admin.groups import RobotAdmin, RobotPostAdmin
from notices.admin.records import DeliveryAdmin, ReminderAdmin
from notices.admin.reminder_rules import ReminderRuleAdmin

__all__ = ["AnnouncementAdmin", "DeliveryAdmin", "ReminderAdmin", "ReminderRuleAdmin", "RobotAdmin", "RobotPostAdmin"]
