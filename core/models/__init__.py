"""The tables of the ground floor, by concern."""

from core.models.calendar import CalendarDay
from core.models.policies import PolicyRule
from core.models.users import Department, RoleGrant, User

__all__ = ["CalendarDay", "Department", "PolicyRule", "RoleGrant", "User"]
