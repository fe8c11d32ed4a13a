"""After the freeze: somebody is added, taken off or moved. Asked by one person, approved by another (TRUST.md 3)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django_fsm import can_proceed

from core import audit, locks
from core.constraints import refused_by
from core.enums import Effect
from core.models import User
from finance.models.fields import NOTHING
from members.models import Branch, Member
from members.selectors import member_ids_of
from welfare import rules
from welfare.ceilings import words_of
from welfare.codes import CannotRun, Refusal
from welfare.enums import CHANGEABLE, BenefitState, EntitlementState, ExceptionKind, Occasion
from welfare.models import Benefit, BenefitException, Entitlement
from welfare.services.approving import reserve_more
from welfare.services.choosing import hold_offer, pass_on, take_back
from welfare.services.freezing import rules_of
from welfare.services.held import ask, hold, hold_ceilings, refuse
from welfare.services.turns import tell_deciders


@transaction.atomic
def ask_exception(
    *,
    benefit: Benefit,
    kind: str,
    member: Member,
    branch: Branch | None,
    heir: Member | None = None,
    reason: str,
    actor: User,
    at: datetime,
) -> BenefitException:
    """Ask for a change of the list; a withdrawal needs no branch, what is passed on an ``heir`` and his branch.

    Raises ``PermissionDenied`` or ``CannotRun``.
    """
    benefit = hold(benefit)
    ask(actor, "ask_benefitexception")
    heir = heir if kind == ExceptionKind.PASS_ON else None
    if actor.counts_as & {member.user_id, heir.user_id if heir else None}:
        raise PermissionDenied
    if not reason.strip():
        raise CannotRun(Refusal.NO_REASON)
    wanted = BenefitException(
        benefit=benefit, kind=kind, member=member, heir=heir, reason=reason.strip(), asked_by=actor, asked_at=at
    )
    wanted.branch = None if kind == ExceptionKind.WITHDRAW else branch
    refuse(_refusal(wanted))
    with refused_by(benefit_exception_one_open=lambda: CannotRun(Refusal.EXCEPTION_OPEN)):
        wanted.save(force_insert=True)
    tell_deciders(wanted)
    _note(wanted, "asked", actor, at, basis=wanted.reason)
    return wanted


@transaction.atomic
def approve_exception(*, exception: BenefitException, key: UUID, actor: User, at: datetime) -> BenefitException:
    """The list changes; who is added to an approved run has his amount reserved, who is withdrawn no package.

    What is passed on costs nothing more: the package and the amount are the other's.
    """
    benefit, exception = _held(exception, actor, "approve")
    hold_offer(benefit.pk)
    refuse(_refusal(exception))
    freed = _apply(benefit, exception, key, actor, at)
    exception.approve()
    exception.decided_by, exception.decided_at = actor, at
    exception.save(update_fields=["state", "decided_by", "decided_at"])
    _note(exception, "approved", actor, at, basis=exception.reason, **freed)
    return exception


@transaction.atomic
def reject_exception(*, exception: BenefitException, reason: str, actor: User, at: datetime) -> BenefitException:
    """The list stays as it is; the reason is kept."""
    _benefit, exception = _held(exception, actor, "reject")
    if not reason.strip():
        raise CannotRun(Refusal.NO_REASON)
    exception.reject()
    exception.decided_by, exception.decided_at, exception.said = actor, at, reason.strip()
    exception.save(update_fields=["state", "decided_by", "decided_at", "said"])
    _note(exception, "rejected", actor, at, basis=exception.said)
    return exception


def _held(exception: BenefitException, actor: User, event: str) -> tuple[Benefit, BenefitException]:
    """The run, then the exception, both locked; never decided by who asked, or on oneself."""
    benefit = hold(exception.benefit)
    exception = locks.held(BenefitException.objects.select_related("member", "branch", "heir"), exception.pk)
    ask(actor, "decide_benefitexception")
    heir = exception.heir.user_id if exception.heir else None
    if actor.counts_as & {exception.asked_by_id, exception.member.user_id, heir}:
        raise PermissionDenied
    exception.benefit = benefit
    if not can_proceed(getattr(exception, event)):
        raise CannotRun(Refusal.WRONG_STATE)
    return benefit, exception


def _row(exception: BenefitException, member: Member | None) -> Entitlement | None:
    rows = Entitlement.objects.select_for_update(of=("self",))
    return rows.filter(benefit=exception.benefit, member=member).first() if member else None


def _refusal(exception: BenefitException) -> Refusal | None:
    """Whether the list, as it stands, can be changed like this."""
    if exception.benefit.state not in CHANGEABLE:
        return Refusal.WRONG_STATE
    heir, row = exception.heir, _row(exception, exception.member)
    if any(one is not None and one.merged_into_id is not None for one in (exception.member, heir)):
        return Refusal.MERGED
    is_listed = row is not None and row.state == EntitlementState.LISTED
    if exception.kind != ExceptionKind.WITHDRAW and exception.branch is None:
        return Refusal.NO_BRANCH
    if exception.kind == ExceptionKind.ADD:
        return Refusal.LISTED_ALREADY if _has_share(row) else None
    if not is_listed:
        return Refusal.NOT_LISTED
    if row is not None and exception.kind == ExceptionKind.MOVE and row.branch_id == exception.branch_id:
        return Refusal.SAME_BRANCH
    return _refuse_heir(exception) if exception.kind == ExceptionKind.PASS_ON else None


def _refuse_heir(exception: BenefitException) -> Refusal | None:
    """Nothing is left over before it is handed out; and whoever gets it has nothing of this run."""
    if exception.benefit.state != BenefitState.HANDING_OUT:
        return Refusal.WRONG_STATE
    if exception.heir is None or exception.heir == exception.member:
        return Refusal.NO_HEIR
    return Refusal.HEIR_LISTED if _has_share(_row(exception, exception.heir)) else None


def _has_share(row: Entitlement | None) -> bool:
    return row is not None and row.state not in (EntitlementState.OUT, EntitlementState.WITHDRAWN)


def _apply(benefit: Benefit, exception: BenefitException, key: UUID, actor: User, at: datetime) -> dict[str, int]:
    """What the entry says beside: the ``package`` that is free again, or another's."""
    row, package = _row(exception, exception.member), None
    match exception.kind:
        case ExceptionKind.ADD:
            _list(benefit, exception.member, exception.branch, row)
            if benefit.state != BenefitState.FROZEN:
                reserve_more(benefit, benefit.per_head, key=key, actor=actor, at=at)
            benefit.people, benefit.total = benefit.people + 1, benefit.total + benefit.per_head
        case ExceptionKind.WITHDRAW if row is not None:
            _withdraw(row)
            package = take_back(row)
            benefit.people, benefit.total = benefit.people - 1, benefit.total - row.amount
        case ExceptionKind.MOVE if row is not None:
            row.branch = exception.branch
            row.save(update_fields=["branch"])
        case ExceptionKind.PASS_ON if row is not None and exception.heir is not None:
            _withdraw(row)
            heirs = _row(exception, exception.heir)
            package = pass_on(row, _list(benefit, exception.heir, exception.branch, heirs))
    benefit.save(update_fields=["people", "total", "reserved"])
    return {"package": package} if package else {}


def _withdraw(row: Entitlement) -> None:
    row.state = EntitlementState.WITHDRAWN
    row.save(update_fields=["state"])


def _list(benefit: Benefit, member: Member, branch: Branch | None, row: Entitlement | None) -> Entitlement:
    """Within the year's ceilings, under the same lock as a freeze."""
    hold_ceilings(benefit.year)
    _refuse_ceilings(benefit, member, branch)
    if row is None:
        row = Entitlement(benefit=benefit, member=member)
    row.branch, row.amount, row.state = branch, benefit.per_head, EntitlementState.LISTED
    row.reason, row.reason_on = "", None
    row.save()
    return row


def _refuse_ceilings(benefit: Benefit, member: Member, branch: Branch | None) -> None:
    ceilings = rules_of(benefit)
    had = Entitlement.objects.counted().filter(
        member__in=member_ids_of(member), benefit__in=Benefit.objects.standing().filter(year=benefit.year)
    )
    had = had.exclude(benefit=benefit)
    if benefit.occasion == Occasion.BIRTHDAY and had.filter(benefit__occasion=benefit.occasion).exists():
        raise CannotRun(Refusal.RECEIVED_ALREADY)
    for slot in ceilings.slots:
        rule = ceilings.rule(slot, branch.pk if branch else None)
        limit = ceilings.limit(rule) if rule else None
        if rule is None or limit is None or rule.effect != Effect.BLOCK:
            continue
        before = had.filter(benefit__occasion__in=slot.group)
        summed = Decimal(before.count()) if slot.counts else before.aggregate(sum=Sum("amount"))["sum"] or NOTHING
        gets = Decimal(1) if slot.counts else benefit.per_head
        if rules.is_over(had=summed, gets=gets, ceiling=limit):
            raise CannotRun(Refusal.OVER_CEILING, words_of(rule, 1))


def _note(exception: BenefitException, verb: str, actor: User, at: datetime, *, basis: str, **data: int) -> None:
    audit.record(
        actor=actor,
        action=f"welfare.benefitexception.{verb}",
        target=exception,
        subject=exception.member_id,
        basis=basis,
        data={**_facts(exception), **data},
        at=at,
    )


def _facts(exception: BenefitException) -> dict[str, Any]:
    """``heir`` by his key where there is one."""
    facts: dict[str, Any] = {"benefit": exception.benefit_id, "kind": exception.kind, "branch": exception.branch_id}
    return facts | ({"heir": exception.heir_id} if exception.heir_id else {})
