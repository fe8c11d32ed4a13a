"""The browser admin's ground: the shapes that every app's ``admin.py`` builds on, and core's own pages."""

from core.admin.accounts import DepartmentAdmin, RoleGrantAdmin, UserAdmin
from core.admin.alerts import AlertAdmin
from core.admin.base import HouseAdmin, HouseForm, Inline, KeysetAdmin, Menu
from core.admin.filters import ActiveFilter, ChoiceFilter, MineFilter
from core.admin.parameters import CalendarDayAdmin, PolicyRuleAdmin
from core.admin.records import AuditEntryAdmin, OutboxMessageAdmin

__all__ = [
    "ActiveFilter",
    "AlertAdmin",
    "AuditEntryAdmin",
    "CalendarDayAdmin",
    "ChoiceFilter",
    "DepartmentAdmin",
    "HouseAdmin",
    "HouseForm",
    "Inline",
    "KeysetAdmin",
    "Menu",
    "MineFilter",
    "OutboxMessageAdmin",
    "PolicyRuleAdmin",
    "RoleGrantAdmin",
    "UserAdmin",
]
