"""Who may do what with reminders and messages. Everybody reads his own messages and keeps his own settings."""

from core.enums import Role

_READ = frozenset({"notices.view_reminderrule", "notices.view_reminder", "notices.view_delivery"})
GRANTS: dict[Role, frozenset[str]] = {
    Role.UNION_STAFF: _READ | {"notices.add_reminderrule", "notices.change_reminderrule", "notices.resend_delivery"},
    Role.CHAIR: _READ,
}
