"""What `manage.py check` says about the database's roles; with ``--database default`` it asks the database too."""

from django.core.checks import Error, Tags, Warning, register

from core import database_roles


@register(Tags.security)
def one_role_for_both(app_configs, **kwargs):
    """One role owns and uses the tables: only triggers and the chain hold (TRUST.md 2.11)."""
    if database_roles.are_apart():
        return []
    return [
        Warning(
            "应用与迁移使用同一个数据库角色：审计和账目只剩触发器和摘要链保护。",
            hint="为迁移另设角色，并以 DATABASE_OWNER_URL 提供。",
            id="core.W001",
        )
    ]


@register(Tags.database)
def application_may_not_rewrite(app_configs, databases=None, **kwargs):
    """The application's role has no right too many on append-only tables."""
    if "default" not in (databases or []) or not database_roles.are_apart():
        return []
    found = database_roles.rights_too_many()
    return [Error(f"{table}：应用角色不应有 {right}", id="core.E001") for table, right in found]
