"""Fiscal years: planned by the accountant, opened by the chair on the approving document, closed at their end."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import audit, clock, locks
from core.constraints import refused_by
from core.models import User
from finance.codes import CannotBook, Refusal
from finance.models import BudgetLine, Commitment, Entry, FiscalYear
from finance.services.ledger import BY_HAND, free


@transaction.atomic
def plan_year(*, year: int, carried_over: Decimal, drawn: Decimal, actor: User, at: datetime) -> FiscalYear:
    """Begin the budget of a calendar year. ``carried_over``: what the years before left, yuan; ``drawn``: how much of
    it the budget uses. Raises ``PermissionDenied`` or ``CannotBook``."""
    if not actor.has_perm("finance.add_fiscalyear"):
        raise PermissionDenied
    if carried_over < 0 or drawn < 0:
        raise CannotBook(Refusal.AMOUNT)
    if drawn > carried_over:
        raise CannotBook(Refusal.DRAWN_TOO_HIGH)
    with refused_by(finance_fiscalyear_year_key=lambda: CannotBook(Refusal.YEAR_EXISTS)):
        planned = FiscalYear.objects.create(
            year=year, carried_over=carried_over, drawn=drawn, planned_by=actor, planned_at=at
        )
    data = {"year": year, "carried_over": str(carried_over), "drawn": str(drawn)}
    audit.record(actor=actor, action="finance.fiscalyear.planned", target=planned, data=data, at=at)
    return planned


@transaction.atomic
def open_year(*, year: FiscalYear, document: str, actor: User, at: datetime) -> FiscalYear:
    """Put the approved budget into force; not by who planned it. From now on it is changed by revision only."""
    if not actor.has_perm("finance.open_fiscalyear"):
        raise PermissionDenied
    held = _held(year)
    if not can_proceed(held.open):
        raise _wrong_state(held)
    if held.planned_by_id in actor.counts_as:
        raise CannotBook(Refusal.PLANNED_BY_SELF)
    if not document.strip():
        raise CannotBook(Refusal.NO_DOCUMENT)
    if not held.lines.exists():
        raise CannotBook(Refusal.NO_LINES)

    held.open()
    held.document, held.opened_by, held.opened_at = document.strip()[:100], actor, at
    held.save(update_fields=["state", "document", "opened_by", "opened_at"])
    data = {"year": held.year, "lines": held.lines.count()}
    audit.record(actor=actor, action="finance.fiscalyear.opened", target=held, basis=held.document, data=data, at=at)
    return held


@transaction.atomic
def expire_commitments(*, year: FiscalYear, key: UUID, actor: User, at: datetime) -> list[Entry]:
    """Free whatever a year that is over still holds back. Its cases find their commitment expired."""
    if not actor.has_perm("finance.close_fiscalyear"):
        raise PermissionDenied
    _refuse_before_the_end(year, at)
    done = Commitment.objects.filter(uses__actor=actor, uses__key=key)
    left = done if done.exists() else Commitment.objects.open().filter(line__year=year)
    text = _("年终清理占用")
    rows = list(left.order_by("pk").select_related("line"))
    return free(commitments=rows, text=text, case=BY_HAND, expired=True, key=key, actor=actor, at=at)


@transaction.atomic
def close_year(*, year: FiscalYear, actor: User, at: datetime) -> FiscalYear:
    """Nothing is booked into it any more, by nobody. Only when it is over and holds nothing back."""
    if not actor.has_perm("finance.close_fiscalyear"):
        raise PermissionDenied
    held = _held(year)
    if not can_proceed(held.close):
        raise _wrong_state(held)
    _refuse_before_the_end(held, at)
    still = Commitment.objects.open().filter(line__year=held).aggregate(number=Count("pk"), sum=Sum("remaining"))
    if still["number"]:
        words = _("还有 %(number)s 笔占用共 %(sum)s 元未了结，请先支出、释放或做年终清理。")
        facts = {"number": still["number"], "sum": f"{still['sum']:,.2f}"}
        raise CannotBook(Refusal.COMMITMENTS_OPEN, words % facts)

    last = held.entries.aggregate(at=Max("at"))["at"]  # a clock read before ours may have been booked before us
    held.close()
    held.closed_by, held.closed_at = actor, max(at, last or at)
    held.save(update_fields=["state", "closed_by", "closed_at"])
    sums = BudgetLine.objects.filter(year=held).aggregate(income=Sum("income"), spent=Sum("spent"))
    data = {"year": held.year, **{name: str(value or 0) for name, value in sums.items()}}
    audit.record(actor=actor, action="finance.fiscalyear.closed", target=held, data=data, at=at)
    return held


def _held(year: FiscalYear) -> FiscalYear:
    """Locked: who is booking into the year is waited for, who begins waits."""
    try:
        with locks.waiting_at_most():
            return FiscalYear.objects.select_for_update().get(pk=year.pk)
    except locks.Busy as busy:
        raise CannotBook(Refusal.BUSY) from busy


def _wrong_state(year: FiscalYear) -> CannotBook:
    facts = {"year": year, "state": year.get_state_display()}  # type: ignore[attr-defined]
    return CannotBook(Refusal.YEAR_STATE, _("%(year)s处于“%(state)s”，不能这样办理。") % facts)


def _refuse_before_the_end(year: FiscalYear, at: datetime) -> None:
    if clock.local_date(at) <= date(year.year, 12, 31):
        raise CannotBook(Refusal.YEAR_NOT_OVER, _("%(year)s尚未结束。") % {"year": year})
