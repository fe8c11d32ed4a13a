"""A claim told to people: what every page of it shows, and what became of it when somebody decided."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import attachments
from core.models import User
from finance.models import Expense
from finance.selectors_expenses import steps_of, waits_for, warning_of
from finance.services import approvals


def story_of(expense: Expense) -> dict[str, Any]:
    """What every page of a claim shows."""
    return {
        "expense": expense,
        "items": list(expense.items.all()),
        "invoices": list(expense.invoices.all()),
        "papers": list(attachments.of(expense)),
        "steps": steps_of(expense),
        "waits_for": waits_for(expense),
        "warning": warning_of(expense),
    }


def decide(expense: Expense, do: str, given: dict[str, Any], *, actor: User, at: datetime) -> str:
    """Sign (``digest``, ``word``), return or reject (``word``); what was done, in words. Raises what the services
    raise."""
    by: dict[str, Any] = {"expense": expense, "actor": actor, "at": at}
    match do:
        case "approve":
            approvals.approve_expense(digest=given["digest"], word=given["word"], **by)
            return _("%(claim)s 已同意。") % {"claim": expense}
        case "return":
            approvals.return_expense(reason=given["word"], **by)
            return _("%(claim)s 已退回补正，申请人会收到消息。") % {"claim": expense}
        case _:
            approvals.reject_expense(reason=given["word"], **by)
            return _("%(claim)s 已作不予报销处理，申请人会收到消息。") % {"claim": expense}
