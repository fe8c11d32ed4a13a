"""The tables of the ground floor, by concern."""

from core.models.audit import AuditChain, AuditEntry
from core.models.calendar import CalendarDay
from core.models.intents import IntentKey
from core.models.outbox import JobRun, OutboxMessage
from core.models.policies import PolicyRule
from core.models.users import Department, RoleGrant, User

__all__ = [
    "AuditChain",
    "AuditEntry",
    "CalendarDay",
    "Department",
    "IntentKey",
    "JobRun",
    "OutboxMessage",
    "PolicyRule",
    "RoleGrant",
    "User",
]
