"""The route: each desk signs exactly what it saw, in turn; the last signature holds the money back.

Every service raises ``PermissionDenied``, ``CannotClaim`` or ``CannotBook`` and changes nothing then.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now, TruncDate
from django_fsm import can_proceed

from core import telling
from core.constraints import refused_by
from core.models import RoleGrant, User
from finance import expense_rules as rules
from finance.enums import ActKind, Desk, ExpenseState
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.models import Expense
from finance.querysets import ROLES
from finance.services import ledger
from finance.services.claims import (
    case_of,
    hold_claim,
    key_for,
    needed,
    note_act,
    record,
    refuse_changed,
    signers_of,
)
from finance.services.ledger import Part
from finance.services.turns import tell_cashiers, tell_desk


@transaction.atomic
def approve_expense(*, expense: Expense, digest: str, word: str = "", actor: User, at: datetime) -> Expense:
    """Sign for the desk whose turn it is, under ``digest``, which the signer's page showed him.

    The last of the route reserves the amount on the budget line; without cover nothing is signed.
    """
    expense, standing_in = _on_his_desk(expense, actor)
    if digest != expense.digest:
        raise CannotClaim(ExpenseRefusal.CHANGED)
    refuse_changed(expense)
    position = expense.acts.filter(kind=ActKind.APPROVE, round=expense.round).count()
    signed = {"position": position, "desk": expense.waits_for, "digest": expense.digest} | standing_in
    with refused_by(  # the lock was forgotten
        expense_step_signed_once=lambda: CannotClaim(ExpenseRefusal.WRONG_STATE),
        expense_signed_once_by_one=lambda: CannotClaim(ExpenseRefusal.SIGNED_BEFORE),
        expense_signed_in_turn=lambda: CannotClaim(ExpenseRefusal.WRONG_STATE),
        expense_signed_by_another=lambda: CannotClaim(ExpenseRefusal.OWN),
        expense_says_for_whom=lambda: CannotClaim(ExpenseRefusal.NOT_YOURS),
    ):
        note_act(expense, ActKind.APPROVE, actor=actor, at=at, said=word, **signed)
    if position + 1 < len(expense.route):
        expense.waits_for = expense.route[position + 1]
        expense.save(update_fields=["waits_for"])
        tell_desk(expense)
    else:
        _approve_at_last(expense, actor, at)
    record(expense, "approved", actor=actor, at=at, **signed)
    return expense


def _approve_at_last(expense: Expense, actor: User, at: datetime) -> None:
    part = Part(expense.line, expense.amount, f"{expense} {expense.purpose}", document=expense.minute)
    key = key_for(expense, f"reserve {expense.round}")
    (held,) = ledger.reserve(parts=[part], case=case_of(expense), key=key, actor=actor, at=at)
    expense.approve()
    expense.commitment, expense.waits_for, expense.decided_at = held, "", at
    expense.save(update_fields=["state", "commitment", "waits_for", "decided_at"])
    telling.tell("finance.expense_approved", user=expense.applicant_id, expense=expense.pk)
    tell_cashiers(expense)


@transaction.atomic
def return_expense(*, expense: Expense, reason: str, actor: User, at: datetime) -> Expense:
    """退回补正: the applicant mends it and hands it in again; the route starts anew. Its invoices stay his."""
    expense, standing_in = _on_his_desk(expense, actor)
    said = needed(reason)
    expense.send_back()
    expense.waits_for, expense.said = "", said
    expense.save(update_fields=["state", "waits_for", "said"])
    note_act(expense, ActKind.RETURN, actor=actor, at=at, said=said, **standing_in)
    record(expense, "returned", actor=actor, at=at, **standing_in)
    telling.tell("finance.expense_returned", user=expense.applicant_id, expense=expense.pk)
    return expense


@transaction.atomic
def reject_expense(*, expense: Expense, reason: str, actor: User, at: datetime) -> Expense:
    """不予报销, with the reason; its invoices are free again."""
    expense, standing_in = _on_his_desk(expense, actor)
    said = needed(reason)
    expense.reject()
    expense.waits_for, expense.said, expense.decided_at = "", said, at
    expense.save(update_fields=["state", "waits_for", "said", "decided_at"])
    expense.invoices.update(in_use=False)
    note_act(expense, ActKind.REJECT, actor=actor, at=at, said=said, **standing_in)
    record(expense, "rejected", actor=actor, at=at, **standing_in)
    telling.tell("finance.expense_rejected", user=expense.applicant_id, expense=expense.pk)
    return expense


def _on_his_desk(expense: Expense, actor: User) -> tuple[Expense, dict[str, int]]:
    """Locked, submitted, and this person's turn; and ``on_behalf_of``, if it is another's office."""
    expense = hold_claim(expense)
    if not Expense.objects.visible_to(actor).filter(pk=expense.pk).exists():
        raise PermissionDenied
    if expense.state != ExpenseState.SUBMITTED or not can_proceed(expense.send_back):
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    office = _office_at_the_desk(expense, actor)
    refusal = rules.refuse_signature(
        people=actor.counts_as,
        applicant=expense.applicant_id,
        entered_by=expense.entered_by_id,
        signed=signers_of(expense),
        may=office is not None and Expense.objects.waiting_for(actor).filter(pk=expense.pk).exists(),
    )
    if refusal:
        raise CannotClaim(refusal)
    other = office.stands_in_for_id if office else None
    return expense, {"on_behalf_of_id": other} if other else {}


def _office_at_the_desk(expense: Expense, actor: User) -> RoleGrant | None:
    """By which grant he has the turn; held to the commit, so that it does not end while he signs."""
    held = RoleGrant.objects.in_force(TruncDate(Now())).filter(user=actor, role=ROLES[Desk(expense.waits_for)])
    if expense.waits_for == Desk.BRANCH:
        held = held.filter(branch=expense.branch_id)
    return held.select_for_update(no_key=True).first()
