"""Who may do what with reminders and messages. Everybody reads his own messages and keeps his own settings."""

from core.enums import Role

_READ = frozenset(
    {
        "notices.view_reminderrule",
        "notices.view_reminder",
        "notices.view_delivery",
        "notices.view_robot",
        "notices.view_robotpost",
        "notices.view_digest",
        "notices.view_announcement",
    }
)
GRANTS: dict[Role, frozenset[str]] = {
    Role.UNION_STAFF: _READ
    | {
        "notices.add_reminderrule",
        "notices.change_reminderrule",
        "notices.resend_delivery",
        "notices.resend_digest",
        "notices.add_robot",
        "notices.change_robot",
        "notices.resend_robotpost",
        "notices.add_announcement",
        "notices.change_announcement",
        "notices.publish_announcement",
    },
    Role.CHAIR: _READ,
}
