"""报销单 and payment lists leave the house on paper: who printed which is on record."""

import random
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.models import User
from finance.documents_expenses import batch_pdf, batch_xlsx, claim_pdf, sample_xlsx
from finance.enums import ExpenseState
from finance.models import Expense, PaymentBatch
from finance.services.claims import record

FORMATS = {"pdf": batch_pdf, "xlsx": batch_xlsx}


@transaction.atomic
def print_expense(*, expense: Expense, actor: User, at: datetime) -> bytes:
    """The claim as PDF. Raises ``PermissionDenied``, ``CannotRender``."""
    if not Expense.objects.visible_to(actor).filter(pk=expense.pk).exists():
        raise PermissionDenied
    content = claim_pdf(expense, clock.local_date(at))
    record(expense, "printed", actor=actor, at=at)
    return content


@transaction.atomic
def take_list(*, batch: PaymentBatch, format: str, actor: User, at: datetime) -> bytes:
    """付款清单 as ``pdf`` or ``xlsx``, accounts by their last four. Raises ``PermissionDenied``, ``CannotRender``."""
    if not PaymentBatch.objects.visible_to(actor).filter(pk=batch.pk).exists():
        raise PermissionDenied
    content = FORMATS[format](batch, clock.local_date(at))
    verb = "printed" if format == "pdf" else "list_exported"
    audit.record(actor=actor, action=f"finance.paymentbatch.{verb}", target=batch, data={"count": batch.count}, at=at)
    return content


@transaction.atomic
def take_sample(*, year: int, number: int, seed: str, actor: User, at: datetime) -> bytes:
    """``number`` approved or paid claims of a budget year, drawn by ``seed``: the same seed over the same claims
    draws the same, so that a sample can be drawn again before witnesses. Raises ``PermissionDenied``."""
    if not actor.has_perm("finance.sample_expense"):
        raise PermissionDenied
    settled = Expense.objects.visible_to(actor).filter(state__in=[ExpenseState.APPROVED, ExpenseState.PAID])
    every = list(settled.filter(line__year__year=year).order_by("pk").values_list("pk", flat=True))
    drawn = sorted(random.Random(seed).sample(every, min(number, len(every))))
    facts = {"year": year, "of": len(every), "number": len(drawn), "seed": seed}
    note = _("%(year)s年度已批准和已支付 %(of)s 份中随机抽取 %(number)s 份，随机种子：%(seed)s") % facts
    content = sample_xlsx(list(Expense.objects.told().filter(pk__in=drawn).order_by("pk")), note)
    audit.record(actor=actor, action="finance.expense.exported", data={**facts, "expenses": drawn}, at=at)
    return content
