"""The person's own data as a file: made when he asks for it after a fresh sign-in, on record, and kept nowhere.

A file is a few hundred rows at most, so it is made at once; nothing lies about that would have to expire.
"""

import json
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.documents import render_pdf
from core.models import User
from members import own_data
from members.models import Member


@transaction.atomic(durable=True)  # nothing leaves before its entry is committed
def give_json(*, actor: User, at: datetime) -> bytes:
    """UTF-8 JSON: ``made_at``, ``member``, ``account``, ``tables``, ``files``, ``looks``. C3 is in clear."""
    member = _own(actor)
    content = {"made_at": timezone.localtime(at).isoformat(timespec="seconds"), **own_data.collect(member)}
    _note(member, actor, at, "json", content)
    return json.dumps(content, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder).encode()


@transaction.atomic(durable=True)
def give_pdf(*, actor: User, at: datetime) -> bytes:
    """The same to read. Raises ``core.documents.CannotRender``."""
    member = _own(actor)
    content = own_data.collect(member)
    pdf = render_pdf("members/own_data_pdf.html", {"member": member, "at": at, "parts": _parts(content)})
    _note(member, actor, at, "pdf", content)
    return pdf


def _parts(content: dict) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """(heading, rows of (name, value)); values as text."""
    parts = [(_("基本信息"), [content["member"]])]
    if "account" in content:
        parts.append((_("登录账号"), [content["account"]]))
    parts += [(table["name"], table["rows"]) for table in content["tables"].values()]
    names = {"at": _("时间"), "who": _("人员"), "offices": _("角色"), "what": _("事项"), "reason": _("事由")}
    parts.append((_("谁看过我的信息"), [{names[key]: one[key] for key in names} for one in content["looks"]]))
    return [(name, [[(key, _text(value)) for key, value in row.items()] for row in rows]) for name, rows in parts]


def _text(value: object) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _own(actor: User) -> Member:
    member = Member.objects.filter(user=actor).select_related("user").first()
    if member is None:
        raise PermissionDenied
    return member


def _note(member: Member, actor: User, at: datetime, format: str, content: dict) -> None:
    data = {"format": format, "tables": {label: len(table["rows"]) for label, table in content["tables"].items()}}
    audit.record(
        actor=actor,
        action="members.member.data_exported",
        target=member,
        subject=member.pk,
        basis=_("个人信息保护法第四十五条"),
        data=data,
        at=at,
    )
