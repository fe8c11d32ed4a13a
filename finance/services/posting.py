"""The one road into the ledger: hold the lines, judge, append, audit (TRUST.md 2.1).

The services beside this module ask for the right and say what is to be booked; nothing else makes an ``Entry``.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import audit, clock, locks
from core.constraints import refused_by
from core.models import User
from finance import rules
from finance.codes import CannotBook, Refusal
from finance.enums import EntryKind
from finance.models import BudgetLine, Commitment, Entry
from finance.rules import Totals

# What the database says when the lock was forgotten, or when somebody writes SQL by hand (migrations 0001, 0002).
_IN_WORDS = {
    "budget_line_never_overspent": Refusal.NOT_COVERED,
    "budget_line_reserved_not_negative": Refusal.NOT_THAT_MUCH,
    "budget_line_spent_not_negative": Refusal.NOT_THAT_MUCH,
    "budget_line_income_not_negative": Refusal.NOT_THAT_MUCH,
    "commitment_never_overdrawn": Refusal.COMMITMENT_USED_UP,
    "commitment_ends_when_nothing_remains": Refusal.COMMITMENT_USED_UP,
    "entry_year_is_open": Refusal.YEAR_CLOSED,
    "entry_within_its_year": Refusal.OUTSIDE_YEAR,
    "entry_fits_its_line": Refusal.WRONG_SIDE,
    "entry_commitment_of_its_line": Refusal.OTHER_LINE,
    "entry_reversal_is_exact": Refusal.NOT_REVERSIBLE,
    "entry_refunded_is_not_reversed": Refusal.PARTLY_REFUNDED,
    "entry_refund_within_its_spending": Refusal.REFUND_TOO_HIGH,
    "finance_entry_reverses_id_key": Refusal.ALREADY_REVERSED,
    "entry_intent_once": Refusal.KEY_REUSED,
}
_IDENTITY = (
    *("line_id", "kind", "amount", "commitment_id", "reverses_id", "refund_of_id", "expired"),
    *("text", "document", "source_kind", "source_id"),
)


def post(
    entries: Sequence[Entry], *, verb: str, actor: User | None, key: UUID, at: datetime, basis: str = ""
) -> list[Entry]:
    """Append unsaved entries as one act, in their order; inside the caller's transaction, which has the right.

    The same key of the same actor again: the entries of the first time, if they are the same. ``verb`` is that of
    the audit entries. Raises ``CannotBook``; then nothing is booked.
    """
    if not entries:
        raise CannotBook(Refusal.NOTHING)
    try:
        with locks.waiting_at_most():
            lines = hold([entry.line_id for entry in entries])
            if before := list(_booked(actor, key)):
                return _the_same(before, entries)
            judge(entries, lines, at)
            for part, entry in enumerate(entries):
                entry.actor, entry.key, entry.part, entry.at = actor, key, part, at
            _append(entries, lines)
    except locks.Busy as busy:
        raise CannotBook(Refusal.BUSY) from busy
    booked = list(_booked(actor, key))
    record(booked, verb=verb, actor=actor, basis=basis, at=at)
    return booked


def hold_lines(pks: Sequence[int]) -> dict[int, BudgetLine]:
    """As ``hold``, for who must see the lines before he knows what to post. Raises ``CannotBook``."""
    try:
        with locks.waiting_at_most():
            return hold(pks)
    except locks.Busy as busy:
        raise CannotBook(Refusal.BUSY) from busy


def hold(pks: Sequence[int]) -> dict[int, BudgetLine]:
    """The lines, locked until the commit: their years first, then they in the order of their keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT finance_hold(%s)", [list(pks)])
    return BudgetLine.objects.named().in_bulk(pks)


def _booked(actor: User | None, key: UUID):
    return Entry.objects.filter(actor=actor, key=key).select_related("year").order_by("part")


def _the_same(before: list[Entry], wanted: Sequence[Entry]) -> list[Entry]:
    known, asked = ([[getattr(e, name) for name in _IDENTITY] for e in entries] for entries in (before, wanted))
    if known != asked:
        raise CannotBook(Refusal.KEY_REUSED)
    return before


def judge(entries: Sequence[Entry], lines: dict[int, BudgetLine], at: datetime) -> None:
    """Every entry after those before it, against the held lines. Raises ``CannotBook``."""
    totals = {pk: Totals(line.budget, line.reserved, line.spent, line.income) for pk, line in lines.items()}
    held = [entry.commitment_id for entry in entries if entry.commitment_id]
    remaining = {row.pk: row.remaining for row in Commitment.objects.filter(pk__in=held)} if held else {}
    for entry in entries:
        line = lines[entry.line_id]
        _refuse_form(entry, line, at)
        if entry.commitment_id is not None:
            _refuse_commitment(entry, line, remaining)
        _refuse_going_back(entry, line)
        left = totals[line.pk].available
        totals[line.pk] = rules.after(
            totals[line.pk],
            kind=entry.kind,
            amount=entry.amount,
            uses_commitment=entry.commitment_id is not None,
        )
        if refusal := rules.refuse_totals(totals[line.pk], kind=entry.kind):
            raise _not_so(refusal, line, left=left, asked=entry.amount)


def _refuse_form(entry: Entry, line: BudgetLine, at: datetime) -> None:
    if not rules.is_amount(entry.amount) or (entry.kind != EntryKind.BUDGET and not entry.amount):
        raise CannotBook(Refusal.AMOUNT)
    if entry.kind != EntryKind.BUDGET and entry.reverses_id is None and entry.amount < 0:
        raise CannotBook(Refusal.AMOUNT)
    if not entry.text.strip():
        raise CannotBook(Refusal.NO_TEXT)
    if not rules.fits_side(entry.kind, line.side):
        raise _not_so(Refusal.WRONG_SIDE, line)
    on = clock.local_date(at)
    refusal = rules.refuse_period(
        kind=entry.kind,
        reverses=entry.reverses_id is not None,
        state=line.year.state,
        year=line.year.year,
        on=on,
    )
    if refusal:
        raise _not_so(refusal, line)


def _refuse_commitment(entry: Entry, line: BudgetLine, remaining: dict[int, Decimal]) -> None:
    commitment = entry.commitment
    if commitment is None or commitment.line_id != line.pk:
        raise CannotBook(Refusal.OTHER_LINE)
    left = remaining[commitment.pk]
    if entry.amount > left:
        raise _not_so(Refusal.COMMITMENT_USED_UP, line, left=left, asked=entry.amount)
    remaining[commitment.pk] = left - entry.amount


def _refuse_going_back(entry: Entry, line: BudgetLine) -> None:
    """A reversal once and of the whole, a refund of what has not come back yet. The line is held."""
    original = entry.reverses or entry.refund_of
    if original is None:
        return
    if Entry.objects.filter(reverses=original).exists():
        raise CannotBook(Refusal.ALREADY_REVERSED)
    came_back = Entry.objects.filter(refund_of=original).aggregate(sum=Sum("amount"))["sum"] or rules.ZERO
    if entry.reverses is not None and came_back:
        raise CannotBook(Refusal.PARTLY_REFUNDED)
    if entry.reverses is None:
        if original.kind != EntryKind.SPEND or original.reverses_id is not None:
            raise CannotBook(Refusal.NOT_A_SPENDING)
        if entry.amount > original.amount - came_back:
            raise _not_so(Refusal.REFUND_TOO_HIGH, line, left=original.amount - came_back, asked=entry.amount)


def _append(entries: Sequence[Entry], lines: dict[int, BudgetLine]) -> None:
    """One savepoint for all of them; a refusal of the database is about the one that was being written."""
    writing = entries[0]

    def told(refusal: Refusal) -> CannotBook:
        line = lines[writing.line_id]
        return _not_so(refusal, line, left=line.available, asked=writing.amount)

    with refused_by(**{name: partial(told, refusal) for name, refusal in _IN_WORDS.items()}):
        for writing in entries:
            writing.save(force_insert=True)


def _not_so(
    refusal: Refusal, line: BudgetLine, *, left: Decimal = rules.ZERO, asked: Decimal = rules.ZERO
) -> CannotBook:
    """The refusal in words: which line, what is left, what was asked."""
    facts = {"line": line.name, "year": line.year, "left": f"{left:,.2f}", "asked": f"{abs(asked):,.2f}"}
    words = {
        Refusal.NOT_COVERED: _("“%(line)s”可用 %(left)s 元，本次需要 %(asked)s 元，超出预算。"),
        Refusal.BUDGET_IN_USE: _("“%(line)s”可用 %(left)s 元，不能调减 %(asked)s 元：其余已占用或已支出。"),
        Refusal.NOT_THAT_MUCH: _("“%(line)s”没有这么多可以退回或冲销的金额（%(asked)s 元）。"),
        Refusal.COMMITMENT_USED_UP: _("“%(line)s”的这笔占用还剩 %(left)s 元，本次为 %(asked)s 元。"),
        Refusal.WRONG_SIDE: _("“%(line)s”的收支方向不符。"),
        Refusal.YEAR_CLOSED: _("%(year)s已结账，不能再登记。"),
        Refusal.YEAR_NOT_OPEN: _("%(year)s预算尚未批准启用，不能占用、支出或登记收入。"),
        Refusal.OUTSIDE_YEAR: _("今天不在%(year)s内，不能登记该年度的收支。"),
        Refusal.REFUND_TOO_HIGH: _("这笔支出未退回的部分为 %(left)s 元，不能退回 %(asked)s 元。"),
    }
    return CannotBook(refusal, words[refusal] % facts if refusal in words else "")


def record(entries: Sequence[Entry], *, verb: str, actor: User | None, basis: str, at: datetime) -> None:
    """One entry of the audit for the act; it holds every booking, so that one taken out by hand is missed (I8)."""
    first = entries[0]
    booked = [
        {
            "id": entry.pk,
            "number": f"{entry.year.year}-{entry.number:06}",
            "line": entry.line_id,
            "kind": entry.kind,
            "amount": str(entry.amount),
            "commitment": entry.commitment_id,
            "reverses": entry.reverses_id,
        }
        for entry in entries
    ]
    data = {"entries": booked, "source": f"{first.source_kind}:{first.source_id}" if first.source_kind else ""}
    action = f"finance.entry.{verb}"
    audit.record(actor=actor, action=action, target=first, basis=basis or first.document, data=data, at=at)
