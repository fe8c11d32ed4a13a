"""Reserving, spending and giving back (TRUST.md 2.1). By hand it is the accountant's; a case of a higher app books
through the same functions, as ``Case("welfare.claim", "12")``, after its own service has judged who may.

Each act is one transaction over one or more ``Part``s, all or nothing, once for its key: the same key of the same
actor answers with the same entries, with other content it is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core.models import User
from finance.codes import CannotBook, Refusal
from finance.enums import EntryKind
from finance.models import BudgetLine, Commitment, Entry
from finance.rules import REVERSIBLE
from finance.services.posting import hold_lines, post


class Case(NamedTuple):
    """What in a higher app an entry belongs to: the kind as "app.model", and its number there."""

    kind: str
    number: str


BY_HAND = Case("", "")


@dataclass(frozen=True)
class Part:
    """One booking of an act: ``amount`` yuan on ``line``; a spending may use up a ``commitment`` of the line."""

    line: BudgetLine
    amount: Decimal
    text: str
    commitment: Commitment | None = None
    document: str = ""


@transaction.atomic
def reserve(
    *, parts: Sequence[Part], case: Case = BY_HAND, key: UUID, actor: User | None, at: datetime
) -> list[Commitment]:
    """Hold ``parts`` back; one commitment each, in their order. Raises ``PermissionDenied`` or ``CannotBook``."""
    _ask(actor, case)
    entries = [_entry(part, EntryKind.RESERVE, case) for part in parts]
    booked = post(entries, verb="reserved", actor=actor, key=key, at=at)
    made = Commitment.objects.select_related("line").in_bulk([e.pk for e in booked], field_name="entry_id")
    return [made[entry.pk] for entry in booked]


@transaction.atomic
def spend(*, parts: Sequence[Part], case: Case = BY_HAND, key: UUID, actor: User | None, at: datetime) -> list[Entry]:
    """Spend ``parts``; one with a commitment turns so much of it into spending, in the same entry."""
    _ask(actor, case)
    return post([_entry(part, EntryKind.SPEND, case) for part in parts], verb="spent", actor=actor, key=key, at=at)


@transaction.atomic
def release(
    *,
    commitments: Sequence[Commitment],
    text: str,
    case: Case = BY_HAND,
    key: UUID,
    actor: User | None,
    at: datetime,
) -> list[Entry]:
    """Free what remains of each: rejected, withdrawn, or less was needed. One that has ended is refused."""
    _ask(actor, case)
    return free(commitments=commitments, text=text, case=case, expired=False, key=key, actor=actor, at=at)


def free(
    *,
    commitments: Sequence[Commitment],
    text: str,
    case: Case,
    expired: bool,
    key: UUID,
    actor: User | None,
    at: datetime,
) -> list[Entry]:
    """Free what remains inside the caller's transaction; the caller has the right."""
    hold_lines([commitment.line_id for commitment in commitments])  # else a spending could be faster
    done = {entry.commitment_id: entry.amount for entry in Entry.objects.filter(actor=actor, key=key)}
    now = Commitment.objects.in_bulk([commitment.pk for commitment in commitments])
    entries = []
    for given in commitments:
        commitment = now[given.pk]
        amount = done.get(commitment.pk, commitment.remaining)
        if not amount:
            raise CannotBook(Refusal.COMMITMENT_ENDED)
        part = Part(commitment.line, amount, text, commitment)
        entries.append(_entry(part, EntryKind.RELEASE, case, expired=expired))
    verb = "expired" if expired else "freed"
    return post(entries, verb=verb, actor=actor, key=key, at=at)


@transaction.atomic
def refund(
    *,
    spending: Entry,
    amount: Decimal,
    text: str,
    document: str = "",
    case: Case = BY_HAND,
    key: UUID,
    actor: User | None,
    at: datetime,
) -> Entry:
    """``amount`` of a spending came back; at most what has not come back yet. It is the line's again."""
    _ask(actor, case)
    entry = _entry(Part(spending.line, amount, text, document=document), EntryKind.REFUND, case)
    entry.refund_of = spending
    (booked,) = post([entry], verb="refunded", actor=actor, key=key, at=at)
    return booked


@transaction.atomic
def record_income(
    *, parts: Sequence[Part], case: Case = BY_HAND, key: UUID, actor: User | None, at: datetime
) -> list[Entry]:
    """Money that came in, on income lines; by hand with the document it came by."""
    _ask(actor, case)
    if case == BY_HAND and any(not part.document.strip() for part in parts):
        raise CannotBook(Refusal.NO_DOCUMENT)
    entries = [_entry(part, EntryKind.INCOME, case) for part in parts]
    return post(entries, verb="received", actor=actor, key=key, at=at)


@transaction.atomic
def reverse(*, entry: Entry, reason: str, case: Case = BY_HAND, key: UUID, actor: User | None, at: datetime) -> Entry:
    """Take a spending, a refund or an income back by its exact negative, once (红冲; TRUST.md I11).

    What a spending used of a commitment is not committed again: it is the line's.
    """
    if case == BY_HAND and (actor is None or not actor.has_perm("finance.reverse_entry")):
        raise PermissionDenied
    if entry.kind not in REVERSIBLE or entry.reverses_id is not None:
        raise CannotBook(Refusal.NOT_REVERSIBLE)
    if not reason.strip():
        raise CannotBook(Refusal.NO_TEXT)
    negative = _entry(Part(entry.line, -entry.amount, reason), EntryKind(entry.kind), case)
    negative.reverses, negative.refund_of = entry, entry.refund_of
    (booked,) = post([negative], verb="reversed", actor=actor, key=key, at=at, basis=reason.strip())
    return booked


def _ask(actor: User | None, case: Case) -> None:
    """By hand it is the accountant's; of a case its own service has judged."""
    if case == BY_HAND and (actor is None or not actor.has_perm("finance.add_entry")):
        raise PermissionDenied


def _entry(part: Part, kind: EntryKind, case: Case, *, expired: bool = False) -> Entry:
    return Entry(
        line=part.line,
        kind=kind,
        amount=part.amount,
        commitment=part.commitment,
        text=part.text.strip()[:200],
        document=part.document.strip()[:100],
        source_kind=case.kind,
        source_id=case.number,
        expired=expired,
    )
