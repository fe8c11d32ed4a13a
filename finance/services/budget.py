"""The budget: a line with its first amount, later changes with reason and document. Its history is its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core.constraints import refused_by
from core.models import User
from finance.codes import CannotBook, Refusal
from finance.enums import EntryKind, YearState
from finance.models import Account, BudgetLine, Entry, FiscalYear
from finance.rules import ZERO
from finance.services.ledger import BY_HAND, Case
from finance.services.posting import post
from members.models import Branch

TRANSFER = "finance.transfer"
REVISED = "budget_revised"  # the verb of the audit


@dataclass(frozen=True)
class Change:
    """``by`` yuan more (or, negative, less) on ``line``."""

    line: BudgetLine
    by: Decimal


@transaction.atomic
def set_budget(
    *,
    year: FiscalYear,
    account: Account,
    branch: Branch | None,
    project: str,
    amount: Decimal,
    document: str = "",
    key: UUID,
    actor: User,
    at: datetime,
) -> BudgetLine:
    """A new line with its first budget, which may be 0.00; on an income line it is the plan.

    In a year that is open it needs the document of the revision. Raises ``PermissionDenied`` or ``CannotBook``.
    """
    if not actor.has_perm("finance.add_budgetline"):
        raise PermissionDenied
    wanted = {"year": year, "account": account, "branch": branch, "project": project.strip()}
    if before := _of_key(actor, key):
        return _the_same(before, wanted, amount)
    if not account.is_active:
        raise CannotBook(Refusal.ACCOUNT_OFF)
    if amount < 0:
        raise CannotBook(Refusal.AMOUNT)
    _ask_for_document(year, document)
    try:
        with refused_by(budget_line_once=lambda: CannotBook(Refusal.LINE_EXISTS)):
            line = BudgetLine.objects.create(**wanted)
    except CannotBook:
        if before := _of_key(actor, key):  # the same click, a moment ago
            return _the_same(before, wanted, amount)
        raise
    entry = Entry(
        line=line, kind=EntryKind.BUDGET, amount=amount, text=_("编制预算"), document=document.strip()[:100]
    )
    post([entry], verb="budget_set", actor=actor, key=key, at=at)
    return BudgetLine.objects.named().get(pk=line.pk)


def _of_key(actor: User, key: UUID) -> Entry | None:
    return Entry.objects.filter(actor=actor, key=key).select_related("line").first()


def _the_same(before: Entry, wanted: dict, amount: Decimal) -> BudgetLine:
    line = before.line
    if (before.kind, before.amount) != (EntryKind.BUDGET, amount) or any(
        getattr(line, name) != value for name, value in wanted.items()
    ):
        raise CannotBook(Refusal.KEY_REUSED)
    return line


@transaction.atomic
def revise_budget(
    *, changes: Sequence[Change], reason: str, document: str = "", key: UUID, actor: User, at: datetime
) -> list[Entry]:
    """More or less budget, each change an entry. What is reserved or spent stays covered.

    In an open year the document of the same procedure is asked for (REGULATIONS.md 8.2: draft, committee, 经审会).
    """
    return _revise(changes, reason=reason, document=document, key=key, actor=actor, at=at)


@transaction.atomic
def transfer_budget(
    *,
    out_of: BudgetLine,
    into: BudgetLine,
    amount: Decimal,
    reason: str,
    document: str = "",
    key: UUID,
    actor: User,
    at: datetime,
) -> list[Entry]:
    """``amount`` from one line of a year to another one of it; the two entries sum to zero (TRUST.md I1)."""
    case = Case(TRANSFER, str(key))
    into_one = [Change(into, amount)]
    return distribute_budget(
        out_of=out_of, into=into_one, case=case, reason=reason, document=document, key=key, actor=actor, at=at
    )


@transaction.atomic
def distribute_budget(
    *,
    out_of: BudgetLine,
    into: Sequence[Change],
    case: Case,
    verb: str = REVISED,
    reason: str,
    document: str = "",
    key: UUID,
    actor: User,
    at: datetime,
) -> list[Entry]:
    """From one line to other ones of its year and side, each its amount, as one act of ``case``: the entries sum to
    zero (TRUST.md I1), and their one entry of the audit has the ``verb``."""
    if any(change.by <= 0 for change in into):
        raise CannotBook(Refusal.AMOUNT)
    if any(_are_apart(out_of, change.line) for change in into):
        raise CannotBook(Refusal.NOT_TRANSFERABLE)
    changes = [Change(out_of, -sum((change.by for change in into), ZERO)), *into]
    return _revise(changes, reason=reason, document=document, case=case, verb=verb, key=key, actor=actor, at=at)


def _are_apart(out_of: BudgetLine, into: BudgetLine) -> bool:
    return out_of.pk == into.pk or out_of.year_id != into.year_id or out_of.side != into.side


def _revise(
    changes: Sequence[Change],
    *,
    reason: str,
    document: str,
    case: Case = BY_HAND,
    verb: str = REVISED,
    key: UUID,
    actor: User,
    at: datetime,
) -> list[Entry]:
    if not actor.has_perm("finance.revise_budgetline"):
        raise PermissionDenied
    if not reason.strip():
        raise CannotBook(Refusal.NO_TEXT)
    if any(not change.by for change in changes):
        raise CannotBook(Refusal.AMOUNT)
    for change in changes:
        _ask_for_document(change.line.year, document)
    entries = [
        Entry(
            line=change.line,
            kind=EntryKind.BUDGET,
            amount=change.by,
            text=reason.strip()[:200],
            document=document.strip()[:100],
            source_kind=case.kind,
            source_id=case.number,
        )
        for change in changes
    ]
    return post(entries, verb=verb, actor=actor, key=key, at=at)


def _ask_for_document(year: FiscalYear, document: str) -> None:
    """Read afresh: an approved budget is changed by the procedure that approved it."""
    state = FiscalYear.objects.values_list("state", flat=True).get(pk=year.pk)
    if state != YearState.PLANNED and not document.strip():
        raise CannotBook(Refusal.NO_DOCUMENT)
