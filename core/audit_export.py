"""The audit as a list for its administrator, who checks it in a spreadsheet and keeps it with the year."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, exports
from core.enums import Role
from core.exports import Column, Line, Parameters
from core.models import AuditEntry, User

CODE = "core.audit"
_DAYS = ("1", "7", "30", "366")
_ROLES = dict(Role.choices)


def clean(given: Mapping[str, str]) -> Parameters:
    """``days`` and ``q`` as the administrator's list in the admin takes them; anything else is left out."""
    kept: Parameters = {}
    if given.get("days") in _DAYS:
        kept["days"] = int(given["days"])
    if term := "".join(letter for letter in given.get("q", "").strip() if letter.isprintable())[:40]:
        kept["q"] = term
    return kept


def words(parameters: Parameters) -> str:
    said = []
    if "days" in parameters:
        said.append(_("最近 %(days)s 天") % parameters)
    if "q" in parameters:
        said.append(_("操作人或行为：%(q)s") % parameters)
    return "，".join(said)


def count(actor: User, parameters: Parameters) -> int:
    return _entries(actor, parameters).count()


def rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
    """Oldest first, as the chain runs."""
    made = [_CELLS[name] for name in columns]
    for entry in _entries(actor, parameters).order_by("position").iterator(chunk_size=2_000):
        yield entry.subject, [cell(entry) for cell in made]


def _entries(actor: User, parameters: Parameters) -> QuerySet[AuditEntry]:
    if not actor.has_perm("core.export_auditentry"):
        return AuditEntry.objects.none()
    found = AuditEntry.objects.all()
    if days := parameters.get("days"):
        found = found.filter(at__gte=clock.now() - timedelta(days=days))
    if term := parameters.get("q"):
        found = found.filter(Q(actor_username=term) | Q(action__startswith=term))
    return found


_CELLS = {
    "position": lambda entry: entry.position,
    "at": lambda entry: entry.at,
    "actor": lambda entry: entry.actor_username or _("系统"),
    "roles": lambda entry: "、".join(str(_ROLES.get(role, role)) for role in entry.actor_roles),
    "action": lambda entry: entry.action,
    "target": lambda entry: f"{entry.target_type} {entry.target_id}".strip(),
    "subject": lambda entry: entry.subject,
    "basis": lambda entry: entry.basis,
    "address": lambda entry: entry.address or "",
    "data": lambda entry: json.dumps(entry.data, ensure_ascii=False),
    "hash": lambda entry: entry.hash,
}
exports.kind(
    CODE,
    title=gettext_lazy("审计记录"),
    permission="core.export_auditentry",
    columns=(
        Column("position", gettext_lazy("序号"), 8),
        Column("at", gettext_lazy("时间"), 17),
        Column("actor", gettext_lazy("操作人工号")),
        Column("roles", gettext_lazy("当时角色"), 16),
        Column("action", gettext_lazy("行为代码"), 30),
        Column("target", gettext_lazy("对象"), 30),
        Column("subject", gettext_lazy("涉及会员")),
        Column("basis", gettext_lazy("依据或事由"), 30),
        Column("address", gettext_lazy("来源地址"), 16),
        Column("data", gettext_lazy("详情"), 40),
        Column("hash", gettext_lazy("摘要"), 20),
    ),
    count=count,
    rows=rows,
    words=words,
    clean=clean,
)
