"""报销单 and payment lists leave the house on paper: who printed which is on record."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import clock
from core.models import User
from finance.documents_expenses import claim_pdf
from finance.models import Expense
from finance.services.claims import record


@transaction.atomic
def print_expense(*, expense: Expense, actor: User, at: datetime) -> bytes:
    """The claim as PDF. Raises ``PermissionDenied``, ``CannotRender``."""
    if not Expense.objects.visible_to(actor).filter(pk=expense.pk).exists():
        raise PermissionDenied
    content = claim_pdf(expense, clock.local_date(at))
    record(expense, "printed", actor=actor, at=at)
    return content
