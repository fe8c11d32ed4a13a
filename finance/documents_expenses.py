"""报销单 as PDF, in the form that offices know (用途, 大写, 附单据张数, signatures); 付款清单; the audit's sample."""

from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import attachments, clock
from core.documents import render_pdf
from core.money import rmb_words
from core.spreadsheets.writing import Column, open_writer
from finance.documents import union_name
from finance.enums import ActKind
from finance.models import Expense, PaymentBatch


def claim_pdf(expense: Expense, on: date) -> bytes:
    """The caller checks who may and writes the audit entry. Raises ``core.documents.CannotRender``."""
    return render_pdf("finance/expense_pdf.html", claim_facts(expense, on))


def claim_facts(expense: Expense, on: date) -> dict[str, Any]:
    """What is printed; signatures are those of the present round."""
    invoices = list(expense.invoices.all())
    acts = expense.acts.filter(round=expense.round, kind=ActKind.APPROVE).select_related("actor", "on_behalf_of")
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


_LIST = (
    *(
        ("number", gettext_lazy("序号"), 6),
        ("claim", gettext_lazy("报销单"), 12),
        ("payee", gettext_lazy("收款人"), 12),
    ),
    *(("bank", gettext_lazy("开户银行"), 26), ("account", gettext_lazy("账号末四位"), 12)),
    *(("purpose", gettext_lazy("用途"), 36), ("amount", gettext_lazy("金额（元）"), 14)),
    *(("state", gettext_lazy("结果"), 10),),
)


def batch_pdf(batch: PaymentBatch, on: date) -> bytes:
    """付款清单 with its total in words. The caller checks who may and writes the audit entry."""
    heads = [(title, width) for _name, title, width in _LIST]
    shown = {"batch": batch, "heads": heads, "rows": list(_payments_of(batch)), "words": rmb_words(batch.total)}
    return render_pdf("finance/batch_pdf.html", shown | {"on": on, "union": union_name()})


def batch_xlsx(batch: PaymentBatch, on: date) -> bytes:
    """The same list as a sheet, amounts as numbers."""
    facts = {"union": union_name(), "on": f"{on:%Y-%m-%d}", "total": f"{batch.total:,.2f}"}
    note = _("单位：%(union)s　日期：%(on)s　合计：%(total)s 元") % facts
    columns = [Column(name, title, width) for name, title, width in _LIST]
    file = BytesIO()
    with open_writer(
        file, columns, format="xlsx", title=_("付款清单 %(batch)s") % {"batch": batch}, note=note
    ) as write:
        for row in _payments_of(batch):
            write(row)
    return file.getvalue()


def _payments_of(batch: PaymentBatch) -> Iterator[list[Any]]:
    for number, row in enumerate(batch.payments.select_related("expense").order_by("pk"), start=1):
        claim = row.expense
        payee = [claim.payee_name, claim.payee_bank, f"****{claim.payee_account_last4}"]
        state = str(row.get_state_display())  # type: ignore[attr-defined]
        yield [number, str(claim), *payee, claim.purpose, row.amount, state]


_SAMPLE = (
    *(
        ("claim", gettext_lazy("单号"), 12),
        ("applicant", gettext_lazy("申请人"), 10),
        ("branch", gettext_lazy("分工会"), 14),
    ),
    *(("kind", gettext_lazy("类别"), 10), ("purpose", gettext_lazy("用途"), 36), ("line", gettext_lazy("预算"), 36)),
    *(
        ("amount", gettext_lazy("金额（元）"), 14),
        ("invoices", gettext_lazy("发票"), 40),
        ("papers", gettext_lazy("附件数"), 8),
    ),
    *(
        ("submitted", gettext_lazy("提交日期"), 12),
        ("signed", gettext_lazy("审批人"), 40),
        ("minute", gettext_lazy("会议纪要"), 24),
    ),
    *(
        ("state", gettext_lazy("状态"), 14),
        ("paid", gettext_lazy("付款日期"), 12),
        ("payer", gettext_lazy("付款人"), 10),
    ),
    *(("entry", gettext_lazy("记账序号"), 14),),
)


def sample_xlsx(claims: Sequence[Expense], note: str) -> bytes:
    """The chosen claims with what an auditor looks for first; ``note`` says how they were chosen."""
    columns = [Column(name, title, width) for name, title, width in _SAMPLE]
    file = BytesIO()
    with open_writer(file, columns, format="xlsx", title=_("报销单抽样"), note=note) as write:
        for claim in claims:
            write(_sampled(claim))
    return file.getvalue()


def _sampled(claim: Expense) -> list[Any]:
    signed = claim.acts.filter(round=claim.round, kind=ActKind.APPROVE).order_by("position")
    paid = claim.payments.filter(state="paid").select_related("paid_by", "entry__year").first()
    return [
        *(str(claim), claim.applicant.name, claim.branch.short_name if claim.branch else ""),
        *(str(claim.get_kind_display()), claim.purpose, str(claim.line), claim.amount),  # type: ignore[attr-defined]
        "；".join(f"{bill}（{bill.amount:.2f}）" for bill in claim.invoices.all()),
        attachments.of(claim).count(),
        clock.local_date(claim.submitted_at) if claim.submitted_at else None,
        "；".join(f"{act.get_desk_display()} {act.by}" for act in signed.select_related("actor", "on_behalf_of")),  # type: ignore[attr-defined]
        claim.minute,
        str(claim.get_state_display()),  # type: ignore[attr-defined]
        clock.local_date(paid.paid_at) if paid and paid.paid_at else None,
        paid.paid_by.name if paid and paid.paid_by else "",
        str(paid.entry) if paid and paid.entry else "",
    ]
