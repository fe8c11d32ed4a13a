"""Which role may do what. Each app lists its own rows in ``permissions.GRANTS``; nothing else grants."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings

from core.enums import Role

# Django's codes: app.view_model, app.add_model, app.change_model, app.delete_model, and our own verbs.
GRANTS: dict[Role, frozenset[str]] = {
    Role.SYSTEM_ADMIN: frozenset(
        {
            "core.view_user",
            "core.add_user",
            "core.change_user",
            "core.invite_user",
            "core.view_department",
            "core.add_department",
            "core.change_department",
            "core.view_outboxmessage",
            "core.release_outboxmessage",
            "core.view_policyrule",
            "core.view_calendarday",
        }
    ),
    Role.SECURITY_ADMIN: frozenset(
        {
            *("core.view_user", "core.view_rolegrant", "core.add_rolegrant"),
            *("core.change_rolegrant", "core.view_alert", "core.change_alert"),
        }
    ),
    Role.AUDIT_ADMIN: frozenset(
        {"core.view_auditentry", "core.export_auditentry", "core.view_alert", "core.change_alert"}
    ),
    Role.AUDITOR: frozenset({"core.view_policyrule"}),
    Role.CHAIR: frozenset({"core.view_policyrule", "core.view_calendarday", "core.view_department"}),
    Role.UNION_STAFF: frozenset(
        {
            "core.view_policyrule",
            "core.add_policyrule",
            "core.change_policyrule",
            "core.view_calendarday",
            "core.add_calendarday",
            "core.change_calendarday",
            "core.view_department",
        }
    ),
}


@cache
def _table() -> dict[str, frozenset[str]]:
    """permission code -> roles, over every app's ``permissions.GRANTS``."""
    roles_by_code: dict[str, set[str]] = {}
    for app in apps.get_app_configs():
        name = f"{app.name}.permissions"
        if app.name not in settings.HOUSE or find_spec(name) is None:
            continue
        for role, codes in getattr(import_module(name), "GRANTS", {}).items():
            for code in codes:
                roles_by_code.setdefault(code, set()).add(role)
    return {code: frozenset(roles) for code, roles in roles_by_code.items()}


def roles_with(code: str) -> frozenset[str]:
    """The roles that are granted ``code``."""
    return _table().get(code, frozenset())


def may(user, code: str) -> bool:
    """True when one of the user's roles of today is granted ``code``."""
    return user.is_active and bool(user.roles & roles_with(code))


def may_see_module(user, app_label: str) -> bool:
    return any(code.startswith(f"{app_label}.") and may(user, code) for code in _table())
