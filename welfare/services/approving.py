"""From the frozen list to the settled run: the chair approves, the staff hand out and settle, the ledger follows."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Sum

from core import audit, clock
from core.models import User
from finance.models import Commitment
from finance.models.fields import NOTHING
from finance.services import ledger
from finance.services.ledger import Part
from finance.services.posting import hold_lines
from welfare.codes import CannotRun, Refusal
from welfare.enums import BenefitState, EntitlementState, ExceptionState
from welfare.models import Benefit
from welfare.services.held import ask, case_of, hold, refuse_state


@transaction.atomic
def approve(*, benefit: Benefit, key: UUID, actor: User, at: datetime) -> Benefit:
    """The chair approves the list as it stands; its total is reserved on the run's line. Not by who froze it."""
    benefit = hold(benefit)
    ask(actor, "approve_benefit")
    refuse_state(benefit.approve)
    if benefit.frozen_by_id in actor.counts_as:
        raise CannotRun(Refusal.SAME_PERSON)
    if benefit.line is None:
        raise CannotRun(Refusal.NO_LINE)
    parts = [Part(benefit.line, benefit.total, _text(benefit))]
    (held,) = ledger.reserve(parts=parts, case=case_of(benefit), key=key, actor=actor, at=at)
    benefit.approve()
    benefit.commitment, benefit.reserved = held, benefit.total
    benefit.approved_by, benefit.approved_at = actor, at
    benefit.save(update_fields=["state", "commitment", "reserved", "approved_by", "approved_at"])
    _note(benefit, "approved", actor, at, people=benefit.people, total=str(benefit.total), line=benefit.line_id)
    return benefit


@transaction.atomic
def start(*, benefit: Benefit, fetch_until_on: date | None = None, actor: User, at: datetime) -> Benefit:
    """开始发放: from now on people fetch it, until that day inclusive where one is named."""
    benefit = hold(benefit)
    ask(actor, "start_benefit")
    refuse_state(benefit.start)
    _refuse_day(fetch_until_on, at)
    benefit.start()
    benefit.started_by, benefit.started_at, benefit.fetch_until_on = actor, at, fetch_until_on
    benefit.save(update_fields=["state", "started_by", "started_at", "fetch_until_on"])
    _note(benefit, "started", actor, at, **_until(benefit))
    return benefit


@transaction.atomic
def set_fetch_until(*, benefit: Benefit, fetch_until_on: date | None, actor: User, at: datetime) -> Benefit:
    """Another last day for fetching it, or none, while it is handed out: reminders not sent yet move along."""
    benefit = hold(benefit)
    ask(actor, "start_benefit")
    if benefit.state != BenefitState.HANDING_OUT:
        raise CannotRun(Refusal.WRONG_STATE)
    _refuse_day(fetch_until_on, at)
    benefit.fetch_until_on = fetch_until_on
    benefit.save(update_fields=["fetch_until_on"])
    _note(benefit, "changed", actor, at, fields=["fetch_until_on"], **_until(benefit))
    return benefit


@transaction.atomic
def settle(
    *, benefit: Benefit, all_received: bool, reason: str = "", key: UUID, actor: User, at: datetime
) -> Benefit:
    """结清: what was handed out is spent, the rest of the reservation is released.

    ``all_received``: who is still listed signed on paper and has it; otherwise it is written off for a ``reason``.
    """
    benefit = hold(benefit)
    ask(actor, "settle_benefit")
    refuse_state(benefit.settle)
    if benefit.exceptions.filter(state=ExceptionState.ASKED).exists():
        raise CannotRun(Refusal.EXCEPTIONS_OPEN)
    rest = benefit.entitlements.filter(state=EntitlementState.LISTED)
    if all_received:
        closed = rest.update(state=EntitlementState.RECEIVED, received_on=clock.local_date(at))
    else:
        closed = rest.update(state=EntitlementState.WRITTEN_OFF)
        benefit.rest_said = reason.strip() if closed else ""
        if closed and not benefit.rest_said:
            raise CannotRun(Refusal.NO_REASON)
    received = benefit.entitlements.filter(state=EntitlementState.RECEIVED)
    spent = received.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    _book(benefit, spent, key, actor, at)
    benefit.settle()
    benefit.spent, benefit.settled_by, benefit.settled_at = spent, actor, at
    benefit.save(update_fields=["state", "spent", "settled_by", "settled_at", "rest_said"])
    how = "signed_on_paper" if all_received else "written_off"
    _note(benefit, "settled", actor, at, basis=benefit.rest_said, spent=str(spent), rest=closed, how=how)
    return benefit


def reserve_more(benefit: Benefit, amount: Decimal, *, key: UUID, actor: User, at: datetime) -> None:
    """For who was added to an approved run; inside the caller's transaction, which holds the run."""
    if benefit.line is None:
        raise CannotRun(Refusal.NO_LINE)
    parts = [Part(benefit.line, amount, _text(benefit))]
    ledger.reserve(parts=parts, case=case_of(benefit), key=key, actor=actor, at=at)
    benefit.reserved += amount


def _book(benefit: Benefit, spent: Decimal, key: UUID, actor: User, at: datetime) -> None:
    """Spend from the run's commitments in their order, then free what remains of them."""
    case = case_of(benefit)
    hold_lines([benefit.line_id] if benefit.line_id else [])
    parts, freed, left = [], [], spent
    for held in Commitment.objects.of_case(*case).open().select_related("line"):
        amount = min(left, held.remaining)
        left -= amount
        if amount:
            parts.append(Part(held.line, amount, _text(benefit), held))
        if amount < held.remaining:
            freed.append(held)
    if left:
        raise ValueError(f"benefit {benefit.pk} was handed out beyond its reservation")
    if parts:
        ledger.spend(parts=parts, case=case, key=key, actor=actor, at=at)
    if freed:
        rest = uuid5(key, "rest")
        ledger.release(commitments=freed, text=_text(benefit), case=case, key=rest, actor=actor, at=at)


def _refuse_day(until_on: date | None, at: datetime) -> None:
    if until_on is not None and until_on < clock.local_date(at):
        raise CannotRun(Refusal.FETCH_UNTIL)


def _until(benefit: Benefit) -> dict[str, str]:
    return {"fetch_until_on": f"{benefit.fetch_until_on}"} if benefit.fetch_until_on else {}


def _text(benefit: Benefit) -> str:
    return str(benefit)


def _note(benefit: Benefit, verb: str, actor: User, at: datetime, *, basis: str = "", **data) -> None:
    action = f"welfare.benefit.{verb}"
    audit.record(actor=actor, action=action, target=benefit, basis=basis, data=data, at=at)
