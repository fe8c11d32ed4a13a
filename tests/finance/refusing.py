"""That a refusal of the fund refuses: the code, and that nothing was booked."""

import pytest

from core.models import AuditEntry
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Entry


def refused(call, **given) -> Refusal:
    """The code; nothing was booked, no line moved, nothing logged."""
    before = (Entry.objects.count(), AuditEntry.objects.count(), list(BudgetLine.objects.order_by("pk").values()))
    with pytest.raises(CannotBook) as refusal:
        call(**given)
    after = (Entry.objects.count(), AuditEntry.objects.count(), list(BudgetLine.objects.order_by("pk").values()))
    assert before == after
    assert refusal.value.message != str(refusal.value.code)
    return refusal.value.code
