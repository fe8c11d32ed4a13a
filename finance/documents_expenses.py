"""报销单 as PDF, in the form that offices know: 单位, 日期, 用途, 金额, 大写, 附单据张数, the signatures."""

from datetime import date
from typing import Any

from core import attachments
from core.documents import render_pdf
from core.money import rmb_words
from finance.documents import union_name
from finance.enums import ActKind
from finance.models import Expense


def claim_pdf(expense: Expense, on: date) -> bytes:
    """The caller checks who may and writes the audit entry. Raises ``core.documents.CannotRender``."""
    return render_pdf("finance/expense_pdf.html", claim_facts(expense, on))


def claim_facts(expense: Expense, on: date) -> dict[str, Any]:
    """What is printed; signatures are those of the present round."""
    invoices = list(expense.invoices.all())
    acts = expense.acts.filter(round=expense.round, kind=ActKind.APPROVE).select_related("actor")
    paid = expense.payments.filter(state="paid").select_related("paid_by", "batch").first()
    return {
        "expense": expense,
        "items": list(expense.items.all()),
        "invoices": invoices,
        "words": rmb_words(expense.amount),
        "papers": len(invoices) + attachments.of(expense).count(),
        "signatures": list(acts.order_by("position")),
        "paid": paid,
        "on": on,
        "union": union_name(),
    }
