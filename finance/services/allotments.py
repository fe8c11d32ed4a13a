"""Allotting to the branches (REGULATIONS.md 6.3): so much per head of the roll on a day, tried first, then booked."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count

from core import clock, locks
from core.constraints import refused_by
from core.models import User
from finance import rules
from finance.codes import CannotBook, Refusal
from finance.models import Allotment, AllotmentShare, BudgetLine
from finance.services.budget import Change, distribute_budget
from finance.services.ledger import Case
from members.enums import BranchKind
from members.models import Branch, Membership

CASE = "finance.allotment"


@dataclass(frozen=True)
class Share:
    """What a branch would get: ``amount`` yuan for its ``heads``, the groups below it included."""

    branch: Branch
    heads: int
    amount: Decimal


@dataclass(frozen=True)
class Plan:
    """What would be booked. ``outside``: people of the union's own office, for whom no branch gets anything."""

    shares: list[Share]
    outside: int

    @property
    def heads(self) -> int:
        return sum(share.heads for share in self.shares)

    @property
    def amount(self) -> Decimal:
        return sum((share.amount for share in self.shares), rules.ZERO)

    @property
    def fingerprint(self) -> str:
        """Another one when a branch has another number of people, or gets another amount."""
        told = ";".join(f"{share.branch.pk}:{share.heads}:{share.amount}" for share in self.shares)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def plan_of(*, on: date, per_head: Decimal) -> Plan:
    """The dry run, in two queries: the people on the roll of ``on`` by branch, in the branches' order."""
    branches = {branch.pk: branch for branch in Branch.objects.order_by("position", "pk")}
    heads, outside = dict.fromkeys(branches, 0), 0
    counted = Membership.objects.on(on).order_by().values_list("branch").annotate(people=Count("pk"))
    for pk, people in counted:
        branch = _branch_of(branches[pk], branches)
        if branch is None:
            outside += people
        else:
            heads[branch.pk] += people
    return Plan([Share(branches[pk], n, n * per_head) for pk, n in heads.items() if n], outside)


def _branch_of(unit: Branch, branches: dict[int, Branch]) -> Branch | None:
    """A group's people are its branch's."""
    while unit.kind == BranchKind.GROUP and unit.parent_id:
        unit = branches[unit.parent_id]
    return unit if unit.kind == BranchKind.BRANCH else None


@transaction.atomic
def allot(
    *,
    out_of: BudgetLine,
    on: date,
    per_head: Decimal,
    project: str,
    text: str,
    document: str = "",
    seen: str,
    key: UUID,
    actor: User,
    at: datetime,
) -> Allotment:
    """Book ``plan_of`` in one act, from a line of the union to the branches' lines of its head for ``project``.

    A line that a branch does not have is made. ``seen`` is the fingerprint of the plan that was shown: another roll
    by now is refused. Raises ``PermissionDenied`` or ``CannotBook``; then nothing is booked.
    """
    if not actor.has_perm("finance.add_allotment"):
        raise PermissionDenied
    wanted: dict[str, Any] = {
        **{"source": out_of, "on": on, "per_head": per_head, "project": project.strip()},
        **{"text": text.strip()[:200], "document": document.strip()[:100]},
    }
    if before := _of_key(actor, key):
        return _the_same(before, wanted)
    plan = _judged(out_of, on, per_head, wanted["text"], seen, at)
    try:
        with locks.waiting_at_most(), refused_by(allotment_intent_once=lambda: CannotBook(Refusal.KEY_REUSED)):
            made = Allotment.objects.create(
                **wanted, heads=plan.heads, amount=plan.amount, key=key, made_by=actor, made_at=at
            )
    except CannotBook:
        if before := _of_key(actor, key):  # the same click, a moment ago
            return _the_same(before, wanted)
        raise
    except locks.Busy as busy:
        raise CannotBook(Refusal.BUSY) from busy
    _book(made, plan, at)
    return made


def _judged(out_of: BudgetLine, on: date, per_head: Decimal, text: str, seen: str, at: datetime) -> Plan:
    if not rules.is_amount(per_head) or per_head <= 0:
        raise CannotBook(Refusal.AMOUNT)
    if not text:
        raise CannotBook(Refusal.NO_TEXT)
    plan = plan_of(on=on, per_head=per_head)
    refusal = rules.refuse_allotment(
        on=on,
        today=clock.local_date(at),
        of_the_union=out_of.branch_id is None,
        side=out_of.side,
        heads=plan.heads,
    )
    if refusal:
        raise CannotBook(refusal)
    if not rules.is_amount(plan.amount):
        raise CannotBook(Refusal.AMOUNT)
    if not out_of.account.is_active:
        raise CannotBook(Refusal.ACCOUNT_OFF)
    if plan.fingerprint != seen:
        raise CannotBook(Refusal.HEADS_CHANGED)
    return plan


def _of_key(actor: User, key: UUID) -> Allotment | None:
    return Allotment.objects.filter(made_by=actor, key=key).first()


def _the_same(before: Allotment, wanted: dict[str, Any]) -> Allotment:
    if any(getattr(before, name) != value for name, value in wanted.items()):
        raise CannotBook(Refusal.KEY_REUSED)
    return before


def _book(made: Allotment, plan: Plan, at: datetime) -> None:
    """The shares, and the one act that moves the money to their lines."""
    lines = _lines_for(made, plan)
    AllotmentShare.objects.bulk_create(
        AllotmentShare(allotment=made, branch=one.branch, line=line, heads=one.heads, amount=one.amount)
        for one, line in zip(plan.shares, lines, strict=True)
    )
    into = [Change(line, one.amount) for one, line in zip(plan.shares, lines, strict=True)]
    about: dict[str, Any] = {"reason": made.text, "document": made.document, "verb": "allotted"}
    case = Case(CASE, str(made.pk))
    distribute_budget(out_of=made.source, into=into, case=case, **about, key=made.key, actor=made.made_by, at=at)


def _lines_for(made: Allotment, plan: Plan) -> list[BudgetLine]:
    """Each branch's line of the source's head for the project; made where it is missing, in the branches' order."""
    same = {"year": made.source.year, "account": made.source.account, "project": made.project}
    try:
        with locks.waiting_at_most():  # who makes the same line at this moment is waited for
            return [
                BudgetLine.objects.get_or_create(branch=share.branch, **same, defaults={"side": made.source.side})[0]
                for share in plan.shares
            ]
    except locks.Busy as busy:
        raise CannotBook(Refusal.BUSY) from busy
