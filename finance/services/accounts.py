"""The heads: reference data that the accountant keeps."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.constraints import refused_by
from core.models import User
from finance.codes import CannotBook, Refusal
from finance.models import Account

FIELDS = ("code", "name", "side", "parent", "note", "is_active")


@transaction.atomic
def keep_account(*, actor: User, account: Account | None, values: dict[str, Any], at: datetime) -> Account:
    """Add a head (None) or change one; ``values`` maps ``FIELDS``. The side of one that is there stays."""
    if not actor.has_perm("finance.change_account" if account else "finance.add_account"):
        raise PermissionDenied
    kept = Account.objects.select_for_update().get(pk=account.pk) if account else Account()
    changed = sorted(name for name, value in values.items() if account is None or getattr(kept, name) != value)
    if not changed:
        return kept
    if account is not None and "side" in changed:
        raise CannotBook(Refusal.SIDE_FIXED)
    for name in changed:
        setattr(kept, name, values[name])
    parent = Account.objects.get(pk=kept.parent_id) if kept.parent_id else None
    if parent is not None and (parent.side != kept.side or parent.parent_id is not None or parent.pk == kept.pk):
        raise CannotBook(Refusal.PARENT)
    with refused_by(
        finance_account_code_key=lambda: CannotBook(Refusal.CODE_TAKEN),
        account_named_once=lambda: CannotBook(Refusal.NAME_TAKEN),
    ):
        kept.save()
    verb = "changed" if account else "created"
    data = {"code": kept.code, "fields": changed}
    audit.record(actor=actor, action=f"finance.account.{verb}", target=kept, data=data, at=at)
    return kept
