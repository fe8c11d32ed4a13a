"""What ``manage.py check`` asks of the settings and, with ``--database default`` as in ``migrate``, of the roles."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from core import database_roles
from core.enums import PROVINCES


@register()
def province_is_known(app_configs, **kwargs):
    """A misspelt province has no rules, and nobody would notice."""
    if not settings.SCHOOL_PROVINCE or settings.SCHOOL_PROVINCE in PROVINCES:
        return []
    return [Error(f"SCHOOL_PROVINCE={settings.SCHOOL_PROVINCE}：应为省名简称，如“江苏”。", id="core.E002")]


@register(Tags.database)
def application_may_not_rewrite(app_configs, databases=None, **kwargs):
    """The application's role owns nothing and has no right too many on append-only tables (TRUST.md 2.11)."""
    if "default" not in (databases or []):
        return []
    found = database_roles.rights_too_many()
    if any(right == "OWNER" for _table, right in found) and not database_roles.are_apart():
        return [
            Warning(
                "应用与迁移使用同一个数据库角色：审计和账目只剩触发器和摘要链保护。",
                hint="为迁移另设角色，并以 DATABASE_OWNER_URL 提供。",
                id="core.W001",
            )
        ]
    return [Error(f"{table}：应用角色不应有 {right}", id="core.E001") for table, right in found]
