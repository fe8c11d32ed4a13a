"""Making a run, changing it before its list is frozen, choosing its budget line, taking it back.

Every service raises ``PermissionDenied`` or ``CannotRun`` and changes nothing then.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core import audit, clock
from core.constraints import refused_by
from core.models import User
from finance.enums import Side
from finance.models import BudgetLine, Commitment
from finance.services import ledger
from welfare import rules
from welfare.codes import CannotRun, Refusal
from welfare.enums import BenefitState, EntitlementState, Occasion
from welfare.models import Benefit
from welfare.services.held import ask, case_of, hold, refuse, refuse_facts, refuse_state

FACTS = ("occasion", "name", "year", "eligible_on", "month", "per_head", "line", "leaves_out", "note")


@transaction.atomic
def draft(
    *,
    occasion: str,
    per_head: Decimal,
    eligible_on: date | None = None,
    month: int | None = None,
    year: int | None = None,
    name: str = "",
    line: BudgetLine | None = None,
    leaves_out: bool = False,
    note: str = "",
    actor: User | None,
    at: datetime,
) -> Benefit:
    """A run without a list yet. ``year``: where it counts, the cut-off's own unless said otherwise."""
    ask(actor, "add_benefit")
    facts: dict[str, Any] = {
        "occasion": occasion,
        "per_head": per_head,
        "eligible_on": eligible_on,
        "month": month,
        "year": year,
    }
    benefit = planned(**facts, name=name, at=at)
    benefit.line, benefit.leaves_out, benefit.note = line, leaves_out, note.strip()
    benefit.made_by = actor
    if line is not None:
        refuse(_refuse_line(line))
    with refused_by(benefit_run_once=lambda: CannotRun(Refusal.RUN_EXISTS)):
        benefit.save(force_insert=True)
    _note(benefit, "drafted", actor, at, per_head=str(benefit.per_head), occasion=benefit.occasion)
    return benefit


def planned(
    *,
    occasion: str,
    per_head: Decimal,
    eligible_on: date | None = None,
    month: int | None = None,
    year: int | None = None,
    name: str = "",
    at: datetime,
) -> Benefit:
    """A run that is not stored: for a dry run before there is one. Raises ``CannotRun``."""
    benefit = Benefit(occasion=occasion, eligible_on=eligible_on, month=month, per_head=per_head, made_at=at)
    benefit.year = year or (eligible_on or clock.local_date(at)).year
    benefit.name = name.strip() or _named(benefit)
    refuse_facts(benefit, at)
    same = {name: getattr(benefit, name) for name in ("occasion", "year", "eligible_on", "month", "name")}
    if Benefit.objects.standing().filter(**same).exists():
        raise CannotRun(Refusal.RUN_EXISTS)
    return benefit


@transaction.atomic
def change(*, benefit: Benefit, values: dict, actor: User, at: datetime) -> Benefit:
    """Say something else (``FACTS``) while there is no list."""
    benefit = hold(benefit)
    ask(actor, "change_benefit")
    if benefit.state != BenefitState.DRAFT:
        raise CannotRun(Refusal.WRONG_STATE)
    changed = sorted(name for name in FACTS if name in values and getattr(benefit, name) != values[name])
    for name in changed:
        setattr(benefit, name, values[name])
    benefit.name = benefit.name.strip() or _named(benefit)
    refuse_facts(benefit, at)
    if benefit.line is not None:
        refuse(_refuse_line(benefit.line))
    with refused_by(benefit_run_once=lambda: CannotRun(Refusal.RUN_EXISTS)):
        benefit.save(update_fields=FACTS)
    _note(benefit, "changed", actor, at, fields=changed)
    return benefit


@transaction.atomic
def choose_line(*, benefit: Benefit, line: BudgetLine, actor: User, at: datetime) -> Benefit:
    """From which budget it is to be paid; before it is approved."""
    benefit = hold(benefit)
    ask(actor, "change_benefit")
    if benefit.state not in (BenefitState.DRAFT, BenefitState.FROZEN):
        raise CannotRun(Refusal.WRONG_STATE)
    refuse(_refuse_line(line))
    benefit.line = line
    benefit.save(update_fields=["line"])
    _note(benefit, "changed", actor, at, fields=["line"], line=line.pk)
    return benefit


@transaction.atomic
def cancel(*, benefit: Benefit, reason: str, key: UUID, actor: User, at: datetime) -> Benefit:
    """Take a run back, with the reason; what it holds of the budget is released. Nobody may have fetched anything.

    Of history that was recorded wrongly too: nothing was paid by it.
    """
    benefit = hold(benefit)
    ask(actor, "cancel_benefit")
    refuse_state(benefit.cancel)
    if not reason.strip():
        raise CannotRun(Refusal.NO_REASON)
    received = benefit.entitlements.filter(state=EntitlementState.RECEIVED)
    if not benefit.recorded_afterwards and received.exists():
        raise CannotRun(Refusal.HANDED_OUT)
    case = case_of(benefit)
    held = list(Commitment.objects.of_case(*case).open().select_related("line"))
    if held:
        text = f"{benefit} {reason.strip()}"
        ledger.release(commitments=held, text=text, case=case, key=key, actor=actor, at=at)
    benefit.cancel()
    benefit.cancelled_by, benefit.cancelled_at, benefit.said = actor, at, reason.strip()
    benefit.save(update_fields=["state", "cancelled_by", "cancelled_at", "said"])
    _note(benefit, "cancelled", actor, at, released=len(held), basis=benefit.said)
    return benefit


def _refuse_line(line: BudgetLine) -> Refusal | None:
    return None if line.side == Side.SPENDING else Refusal.LINE_SIDE


def _named(benefit: Benefit) -> str:
    """春节慰问, 生日福利, 3月生日福利, 电影福利."""
    label = str(Occasion(benefit.occasion).label)
    if rules.is_festival(benefit.occasion):
        return f"{label}慰问"
    return f"{benefit.month}月{label}福利" if benefit.month else f"{label}福利"


def _note(benefit: Benefit, verb: str, actor: User | None, at: datetime, *, basis: str = "", **data) -> None:
    action = f"welfare.benefit.{verb}"
    audit.record(actor=actor, action=action, target=benefit, basis=basis, data=data, at=at)
