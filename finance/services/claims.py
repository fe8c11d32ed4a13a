"""What the services on claims share: the lock, the frozen copy's name, the record of an act."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from core import attachments, audit, locks
from core.models import User
from finance import expense_rules as rules
from finance.enums import ActKind
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.models import Expense, ExpenseAct
from finance.services.ledger import Case

_KEYS = UUID("6f1f1f0e-6d1a-4c39-8f0d-5f9f1f6a2c11")


def case_of(expense: Expense) -> Case:
    return Case("finance.expense", str(expense.pk))


def key_for(expense: Expense, what: str) -> UUID:
    """The ledger's key of an act that happens once: the same again is the same booking."""
    return uuid5(_KEYS, f"{expense.pk}:{what}")


def hold_claims(pks: Iterable[int]) -> dict[int, Expense]:
    """Locked until the commit, in the order of their keys, which is everybody's. Raises ``CannotClaim``.

    Read after the lock, not with it: to whoever waited the database gives the row as it is now, but what is joined to
    it as it was before (the commitment of an approval meanwhile would be missing).
    """
    try:
        with locks.waiting_at_most():
            rows = Expense.objects.select_for_update().filter(pk__in=list(pks)).order_by("pk")
            held = list(rows.values_list("pk", flat=True))
    except locks.Busy as busy:
        raise CannotClaim(ExpenseRefusal.BUSY) from busy
    rows = Expense.objects.told().select_related("commitment").filter(pk__in=held).order_by("pk")
    return {row.pk: row for row in rows}


def hold_claim(expense: Expense) -> Expense:
    return hold_claims([expense.pk])[expense.pk]


def facts_of(expense: Expense) -> dict[str, Any]:
    """Everything that is signed: whom to pay and on which account (as keyed hash), for what, from which line, on
    which invoices and papers."""
    return {
        "claim": [expense.pk, expense.round, expense.applicant_id, expense.entered_by_id],
        "payee": [expense.payee_name, expense.payee_bank, expense.payee_account_hash],
        "for": [expense.kind, expense.purpose, expense.line_id, f"{expense.amount:.2f}", expense.minute],
        "items": [[item.text, f"{item.amount:.2f}"] for item in expense.items.all()],
        "invoices": [
            [bill.code, bill.number, bill.on.isoformat(), f"{bill.amount:.2f}", bill.seller]
            for bill in expense.invoices.all()
        ],
        "papers": [paper.sha256 for paper in attachments.of(expense)],
    }


def refuse_changed(expense: Expense) -> None:
    """What stands there now is what was submitted (TRUST.md W4). Raises ``CannotClaim``."""
    if rules.digest_of(facts_of(expense)) != expense.digest:
        raise CannotClaim(ExpenseRefusal.CHANGED)


def signers_of(expense: Expense) -> set[int]:
    """Who signed in this round, and for whom."""
    acts = expense.acts.filter(kind=ActKind.APPROVE, round=expense.round)
    return {person for pair in acts.values_list("actor_id", "on_behalf_of_id") for person in pair if person}


def apart_from(expense: Expense) -> set[int]:
    """Who may not pay it: applicant, who entered it, everybody who signed or was stood in for; a substitute
    counts as the one whom he stands in for (TRUST.md 3)."""
    return {expense.applicant_id, expense.entered_by_id, *signers_of(expense)}


def note_act(
    expense: Expense, kind: ActKind, *, actor: User, at: datetime, said: str = "", **more: Any
) -> ExpenseAct:
    return ExpenseAct.objects.create(
        expense=expense, kind=kind, round=expense.round, actor=actor, said=said.strip()[:200], at=at, **more
    )


def subject_of(expense: Expense) -> int | None:
    """Whose data it is; a record that was merged since too, the living one's page shows its entries."""
    member = getattr(expense.applicant, "member", None)
    return member.pk if member else None


def record(expense: Expense, verb: str, *, actor: User, at: datetime, **data: Any) -> None:
    """Ids, amount and state; purpose, payee and account stay in the claim."""
    told = {"state": str(expense.state), "amount": str(expense.amount), "round": expense.round, **data}
    audit.record(
        actor=actor,
        action=f"finance.expense.{verb}",
        target=expense,
        subject=subject_of(expense),
        data=told,
        at=at,
    )


def needed(reason: str) -> str:
    """The reason as it is kept. Raises ``CannotClaim`` when there is none."""
    if not reason.strip():
        raise CannotClaim(ExpenseRefusal.NO_REASON)
    return reason.strip()[:200]
