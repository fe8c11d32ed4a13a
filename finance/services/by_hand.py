"""What the accountant books himself: a spending or its return that no case of a higher app brings along. Every such
booking names its reason and its document (REGULATIONS.md 8.2). Raise ``PermissionDenied`` or ``CannotBook``."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.models import User
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Entry
from finance.services import ledger
from finance.services.ledger import Part


@transaction.atomic
def spend(
    *, line: BudgetLine, amount: Decimal, text: str, document: str, key: UUID, actor: User, at: datetime
) -> Entry:
    """``amount`` yuan of what the line has left."""
    parts = [Part(line, amount, text, document=_needed(document))]
    (entry,) = ledger.spend(parts=parts, key=key, actor=actor, at=at)
    return entry


@transaction.atomic
def refund(
    *, spending: Entry, amount: Decimal, text: str, document: str, key: UUID, actor: User, at: datetime
) -> Entry:
    """``amount`` yuan of a spending came back, at most what has not yet."""
    paper = _needed(document)
    return ledger.refund(spending=spending, amount=amount, text=text, document=paper, key=key, actor=actor, at=at)


def _needed(document: str) -> str:
    if not document.strip():
        raise CannotBook(Refusal.NO_DOCUMENT)
    return document
