"""The cashier's side: a batch, its bank file, what was paid and what came back.

Every service raises ``PermissionDenied``, ``CannotClaim`` or ``CannotBook`` and changes nothing then. Locks go from
the batch to its claims in the order of their keys, then to their lines.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import audit, clock, locks, telling
from core.constraints import refused_by
from core.models import User
from finance.enums import BatchState, ExpenseState, PaymentState
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.models import Commitment, Entry, Expense, Payment, PaymentBatch
from finance.rules import ZERO
from finance.services import bank_file, ledger, returned
from finance.services.claims import (
    apart_from,
    case_of,
    hold_claims,
    key_for,
    needed,
    record,
    refuse_changed,
    subject_of,
)
from finance.services.ledger import Part


@transaction.atomic
def make_batch(*, expenses: Iterable[Expense], actor: User, at: datetime) -> PaymentBatch:
    """Approved claims to be paid together; each in one live payment only."""
    _ask(actor)
    wanted = {expense.pk for expense in expenses}
    if not wanted:
        raise CannotClaim(ExpenseRefusal.NOTHING)
    held = hold_claims(wanted)
    for expense in held.values():
        _refuse_payment(expense, actor)
    total = sum((expense.amount for expense in held.values()), ZERO)
    batch = PaymentBatch.objects.create(made_by=actor, made_at=at, total=total, count=len(held))
    with refused_by(  # two cashiers at once, the lock forgotten
        payment_one_live_per_expense=lambda: CannotClaim(ExpenseRefusal.IN_PAYMENT),
        payment_by_another=lambda: CannotClaim(ExpenseRefusal.PAYER),
        payment_of_what_was_approved=lambda: CannotClaim(ExpenseRefusal.WRONG_STATE),
    ):
        for expense in held.values():
            given = {"expense": expense, "amount": expense.amount, "digest": expense.digest}
            Payment.objects.create(batch=batch, **given)
    _note(batch, "created", actor, at, expenses=sorted(held))
    return batch


@transaction.atomic(durable=True)  # marked, then sent: the file leaves at most once by itself
def hand_over(*, batch: PaymentBatch, format: str, reason: str = "", actor: User, at: datetime) -> bytes:
    """The bank file as ``csv`` or ``xlsx``, with full account numbers. Once; again only for a ``reason``."""
    _ask(actor)
    batch = _held(batch)
    if batch.state == BatchState.DONE:
        raise CannotClaim(ExpenseRefusal.BATCH_STATE)
    again = batch.handed_at is not None
    if again and not reason.strip():
        raise CannotClaim(ExpenseRefusal.HANDED_BEFORE)
    payments = _waiting(batch)
    if not payments:
        raise CannotClaim(ExpenseRefusal.NOTHING)
    claims = hold_claims([payment.expense_id for payment in payments])
    for expense in claims.values():
        refuse_changed(expense)
    content = bank_file.written([(row, claims[row.expense_id]) for row in payments], format, at)
    if not again:
        batch.hand_over()
        batch.handed_at, batch.file_sha256 = at, hashlib.sha256(content).hexdigest()
        batch.save(update_fields=["state", "handed_at", "file_sha256"])
    data = {"payments": len(payments), "sha256": hashlib.sha256(content).hexdigest(), "again": again}
    _note(batch, "exported", actor, at, basis=reason.strip(), **data)
    return content


@transaction.atomic
def mark_paid(*, batch: PaymentBatch, payments: Sequence[int], actor: User, at: datetime) -> PaymentBatch:
    """The bank carried these payments of the batch out: each turns its commitment into spending."""
    _ask(actor)
    batch = _held(batch)
    rows = _of_batch(batch, payments)
    claims = hold_claims([row.expense_id for row in rows])
    for row in rows:
        if not can_proceed(row.pay):
            raise CannotClaim(ExpenseRefusal.PAYMENT_STATE)
        _pay(row, claims[row.expense_id], actor, at)
    _finish(batch, at)
    _note(batch, "paid", actor, at, payments=[row.pk for row in rows])
    return batch


def _pay(row: Payment, expense: Expense, actor: User, at: datetime) -> None:
    if expense.state != ExpenseState.APPROVED or apart_from(expense) & actor.counts_as:
        refused = ExpenseRefusal.WRONG_STATE if expense.state != ExpenseState.APPROVED else ExpenseRefusal.PAYER
        raise CannotClaim(refused)
    refuse_changed(expense)
    part = Part(expense.line, row.amount, f"{expense} {expense.purpose}", expense.commitment, expense.minute)
    key = key_for(expense, f"pay {row.pk}")
    (entry,) = ledger.spend(parts=[part], case=case_of(expense), key=key, actor=actor, at=at)
    row.pay()
    row.paid_by, row.paid_at, row.entry = actor, at, entry
    row.save(update_fields=["state", "paid_by", "paid_at", "entry"])
    expense.pay()
    expense.save(update_fields=["state"])
    record(expense, "paid", actor=actor, at=at, payment=row.pk, entry=entry.pk)
    telling.tell("finance.expense_paid", user=expense.applicant_id, expense=expense.pk)


@transaction.atomic
def drop_payment(*, payment: Payment, reason: str, actor: User, at: datetime) -> Payment:
    """Not carried out: out of the batch, nothing was booked; the claim can be paid in another batch or taken back."""
    _ask(actor)
    batch, row, expense = _held_payment(payment)
    if not can_proceed(row.drop):
        raise CannotClaim(ExpenseRefusal.PAYMENT_STATE)
    row.drop()
    row.said, row.ended_at = needed(reason), at
    row.save(update_fields=["state", "said", "ended_at"])
    _finish(batch, at)
    data = {"batch": batch.pk, "expense": expense.pk, "amount": str(row.amount)}
    subject = subject_of(expense)
    audit.record(actor=actor, action="finance.payment.dropped", target=row, subject=subject, data=data, at=at)
    return row


@transaction.atomic
def bounce_payment(*, payment: Payment, reason: str, actor: User, at: datetime) -> Payment:
    """The bank sent it back: the spending is refunded and the amount held back anew under the same lock, so that it
    can be paid again; a wrong account is corrected by the applicant, and signed anew. After the year of its line the
    claim goes back to the applicant altogether (``returned.take_back``)."""
    _ask(actor)
    _batch, row, expense = _held_payment(payment)
    if not can_proceed(row.bounce) or row.entry is None:
        raise CannotClaim(ExpenseRefusal.PAYMENT_STATE)
    said = needed(reason)
    is_late = clock.local_date(at).year != row.entry.line.year.year
    if is_late:
        returned.take_back(row.entry, expense, key_for(expense, f"back {row.pk}"), actor, at)
    else:
        held = _hold_anew(row, row.entry, expense, actor, at)
    row.bounce()
    row.said, row.ended_at = said, at
    row.save(update_fields=["state", "said", "ended_at"])
    if is_late:
        expense.come_back()
        expense.commitment, expense.said, expense.decided_at = None, returned.words_of(said), None
    else:
        expense.reopen()
        expense.commitment = held
    expense.save(update_fields=["state", "commitment", "said", "decided_at"])
    record(expense, "payment_bounced", actor=actor, at=at, payment=row.pk)
    told = "finance.expense_bounced_late" if is_late else "finance.expense_bounced"
    telling.tell(told, user=expense.applicant_id, expense=expense.pk)
    return row


def _hold_anew(row: Payment, spent: Entry, expense: Expense, actor: User, at: datetime) -> Commitment:
    """In the line's own year: the spending is refunded, the amount reserved again."""
    booked: dict[str, Any] = {"case": case_of(expense), "actor": actor, "at": at}
    back, again = (key_for(expense, f"{what} {row.pk}") for what in ("back", "again"))
    text = _("付款退回：%(claim)s") % {"claim": expense}
    ledger.refund(spending=spent, amount=row.amount, text=text, key=back, **booked)
    part = Part(expense.line, expense.amount, f"{expense} {expense.purpose}", document=expense.minute)
    (held,) = ledger.reserve(parts=[part], key=again, **booked)
    return held


def _ask(actor: User) -> None:
    if not actor.has_perm("finance.pay_expense"):
        raise PermissionDenied


def _refuse_payment(expense: Expense, actor: User) -> None:
    if expense.payments.live().exists():
        raise CannotClaim(ExpenseRefusal.IN_PAYMENT)
    if expense.state != ExpenseState.APPROVED:
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    if apart_from(expense) & actor.counts_as:
        raise CannotClaim(ExpenseRefusal.PAYER)
    refuse_changed(expense)


def _held(batch: PaymentBatch) -> PaymentBatch:
    try:
        with locks.waiting_at_most():
            return PaymentBatch.objects.select_for_update().get(pk=batch.pk)
    except locks.Busy as busy:
        raise CannotClaim(ExpenseRefusal.BUSY) from busy


def _held_payment(payment: Payment) -> tuple[PaymentBatch, Payment, Expense]:
    batch = _held(payment.batch)
    expense = hold_claims([payment.expense_id])[payment.expense_id]
    return batch, batch.payments.select_related("entry__line__year").get(pk=payment.pk), expense


def _waiting(batch: PaymentBatch) -> list[Payment]:
    return list(batch.payments.filter(state=PaymentState.WAITING).order_by("pk"))


def _of_batch(batch: PaymentBatch, payments: Sequence[int]) -> list[Payment]:
    rows = list(batch.payments.filter(pk__in=payments).order_by("expense_id"))
    if not rows or len(rows) != len(set(payments)):
        raise CannotClaim(ExpenseRefusal.NOTHING)
    return rows


def _finish(batch: PaymentBatch, at: datetime) -> None:
    if not _waiting(batch) and can_proceed(batch.finish):
        batch.finish()
        batch.done_at = at
        batch.save(update_fields=["state", "done_at"])


def _note(batch: PaymentBatch, verb: str, actor: User, at: datetime, *, basis: str = "", **data: Any) -> None:
    told = {"total": str(batch.total), "count": batch.count, "state": str(batch.state), **data}
    action = f"finance.paymentbatch.{verb}"
    audit.record(actor=actor, action=action, target=batch, basis=basis, data=told, at=at)
