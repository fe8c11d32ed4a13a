"""Who may do what with reminders and messages."""

from core.enums import Role

GRANTS: dict[Role, frozenset[str]] = {}
