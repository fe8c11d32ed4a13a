"""Everything the system holds about one person, as data (PIPL Art 45): read off the models, so none is forgotten.

Every table with a foreign key to ``Member`` is in it, whichever room it stands in, and every one that names the
account as its own. What is left out is in ``LEFT_OUT`` with its reason; a test fails on a table that is neither.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from core.masks import mask_name
from core.models import Attachment, User
from core.sealed import SealedField
from members import looks
from members.models import Member
from members.selectors import records_of

# Foreign keys to the account that say "this is his"; every other one says "he did this to somebody's matter".
OWNER_NAMES = frozenset({"user", "applicant"})
# And whatever else ends in _by.
ACTOR_NAMES = frozenset({"actor", "by", "on_behalf_of", "operator", "branch_reviewer", "stands_in_for"})
# "app.Model.field" -> why a column or table with his key is not in the file.
LEFT_OUT: dict[str, str] = {
    "core.AuditEntry.actor": "what he did in an office is about others; what was done to his data is under 'looks'",
    "core.IntentKey.user": "keys of submitted forms, gone after some days; nothing about the person",
    "core.Invitation.user": "a keyed hash of a slip and its day; the slip itself is nowhere",
    "mfa.Authenticator.user": "keys of the second factor: handing them out would break it",
    "usersessions.UserSession.user": "sessions of the last hours",
    "account.EmailAddress.user": "allauth's copy of the account's e-mail, which is in the file",
    "account.EmailConfirmation.email_address": "a letter's key",
    "members.Segment.owner": "a selection of the roll that he keeps in an office: it is about others",
    "admin.LogEntry.user": "Django's own log, which this house does not write",
    "members.JoinApplication.member": "the same rows as by the applicant",
}
# Columns that no person would know as his own: hashes, search terms, secrets of the system.
SKIPPED_COLUMNS = frozenset(
    {
        *("password", "past_passwords", "search_terms", "pinyin", "content_key", "effect", "before_hashes"),
        *("code_hash", "id_number_hash", "bank_card_hash", "payee_account_hash", "sha256"),
    }
)
# Tables that name members without a foreign key, and where the file holds them.
BY_NUMBER = {
    "core.AuditEntry.subject": "looks",
    "core.Attachment.subject": "files",
    "core.ExportedPeople.members": "looks",
    "members.ImportedPerson.member": "looks; what it says is what the file says, until it is emptied",
}


def collect(member: Member) -> dict[str, Any]:
    """The whole file: C3 in clear, so only for the person himself after a fresh sign-in."""
    user = member.user
    found: dict[str, Any] = {"member": _row(member, member), "tables": {}}
    if user is not None:
        found["account"] = _row(user, member)
    for label, path, table in relations():
        if rows := _rows(path, table, member):
            found["tables"][label] = {"name": str(table._meta.verbose_name), "rows": rows}
    handed_in = models.Q(subject=member.pk) | models.Q(uploaded_by=user, uploaded_by__isnull=False)
    found["files"] = [_file(one) for one in Attachment.objects.filter(handed_in).order_by("at")]
    found["looks"] = [_look(one) for one in _looks(member)]
    return found


def relations() -> list[tuple[str, str, type[models.Model]]]:
    """(label, path to the person, table): what belongs to him, then what hangs on that (payments of a month)."""
    found: dict[str, tuple[str, type[models.Model]]] = {}
    for person in (Member, User):
        for one in _to(person):
            if is_own(one):
                found[label_of(one)] = (one.field.name, one.related_model)
    for label, (path, table) in list(found.items()):
        if label in LEFT_OUT:
            continue
        for one in _to(table):
            if label_of(one) not in found and not is_named(one.related_model):
                found[label_of(one)] = (f"{one.field.name}__{path}", one.related_model)
    kept = sorted(set(found) - set(LEFT_OUT) - {"members.Member.user"})
    return [(label, *found[label]) for label in kept]


def is_own(relation: Any) -> bool:
    """A key to the member, or one to the account that says whose a thing is."""
    return relation.model is Member or relation.field.name in OWNER_NAMES


def is_actor(relation: Any) -> bool:
    """A key to the account of whoever did something to somebody's matter."""
    name = relation.field.name
    return relation.model is User and (name in ACTOR_NAMES or name.endswith("_by")) and name not in OWNER_NAMES


def is_named(table: type[models.Model]) -> bool:
    """A table that says by a key of its own whose it is."""
    keys = [one for one in table._meta.concrete_fields if one.is_relation]
    return any(one.related_model is Member or one.name in OWNER_NAMES for one in keys)


def label_of(relation: Any) -> str:
    return f"{relation.related_model._meta.label}.{relation.field.name}"


def _to(model: type[models.Model]) -> list[Any]:
    """Foreign keys to ``model`` of every concrete table, hidden ones (related_name="+") too."""
    fields = model._meta.get_fields(include_hidden=True)
    found = [one for one in fields if one.auto_created and not one.concrete and (one.one_to_many or one.one_to_one)]
    managed = {*apps.get_models(include_auto_created=True)}
    return [one for one in found if one.related_model in managed]


def _rows(path: str, table: type[models.Model], member: Member) -> list[dict[str, Any]]:
    owner = member if _ends_at_member(table, path) else member.user
    if owner is None:
        return []
    others = [one.name for one in table._meta.concrete_fields if one.is_relation]
    records = records_of(member) if owner is member else [owner.pk]
    rows = table._base_manager.filter(**{f"{path}__in": records}).select_related(*others).order_by("pk")
    return [_row(row, member) for row in rows]


def _ends_at_member(table: type[models.Model], path: str) -> bool:
    for name in path.split("__"):
        table = table._meta.get_field(name).related_model  # type: ignore[assignment]
    return table is Member


def _row(row: models.Model, member: Member) -> dict[str, Any]:
    """Field by field, by its Chinese name."""
    told = {}
    for field in row._meta.concrete_fields:
        if field.name not in SKIPPED_COLUMNS:
            told[str(field.verbose_name)] = _value(row, field, member)
    return told


def _value(row: models.Model, field: Any, member: Member) -> Any:
    if isinstance(field, SealedField):
        return field.take(row)
    if field.is_relation:
        return _other(getattr(row, field.name), member)
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    return plain(getattr(row, field.attname))


def _other(other: models.Model | None, member: Member) -> Any:
    """Another row by its name; another member masked, because his data are not the asker's."""
    if isinstance(other, Member):
        return str(other) if other.pk == member.pk else mask_name(other.name)
    if isinstance(other, User):
        return other.name
    return None if other is None else str(other)


def plain(value: Any) -> Any:
    """As JSON holds it; times in the school's zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool | list | dict) or value is None else str(value)


def _file(one: Attachment) -> dict[str, Any]:
    return {"name": one.name, "kind": str(one.get_kind_display()), "size": one.size, "at": plain(one.at)}


def _looks(member: Member) -> Iterator[looks.Look]:
    yield from looks.looks_of(list(looks.entries_about(member).order_by("-position")), member)


def _look(one: looks.Look) -> dict[str, Any]:
    return {"at": plain(one.at), "who": one.who, "offices": one.offices, "what": one.what, "reason": one.reason}
