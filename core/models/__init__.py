"""The tables of the ground floor, by concern."""

from core.models.alerts import Alert
from core.models.attachments import Attachment
from core.models.audit import AuditChain, AuditEntry
from core.models.calendar import CalendarDay
from core.models.exports import ExportedPeople, ExportJob
from core.models.intents import IntentKey
from core.models.invitations import Invitation
from core.models.outbox import JobRun, OutboxMessage
from core.models.policies import LoadedPreset, PolicyRule
from core.models.users import Department, RoleGrant, User

__all__ = [
    "Alert",
    "Attachment",
    "AuditChain",
    "AuditEntry",
    "CalendarDay",
    "Department",
    "ExportJob",
    "ExportedPeople",
    "IntentKey",
    "Invitation",
    "JobRun",
    "LoadedPreset",
    "OutboxMessage",
    "PolicyRule",
    "RoleGrant",
    "User",
]
