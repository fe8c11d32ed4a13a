"""A run told to people: what happened, whose turn it is, branch by branch, and why somebody is not on the list."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from finance.models.fields import NOTHING
from members.steps import Step
from welfare.enums import BenefitState, EntitlementState, OutReason
from welfare.models import Benefit


@dataclass(frozen=True)
class BranchShare:
    """One branch's part of a run; ``left`` is still to be fetched."""

    branch: str
    people: int
    received: int
    left: int
    written_off: int
    amount: Decimal


def shares_of(benefit: Benefit, *, branches: list[int] | None = None) -> list[BranchShare]:
    """By branch in the branches' order; only ``branches`` where they are given. One query."""
    rows = benefit.entitlements.listed()
    if branches is not None:
        rows = rows.filter(branch__in=branches)

    def having(state: EntitlementState) -> Count:
        return Count("pk", filter=Q(state=state))

    counted = rows.order_by("branch__position", "branch").values_list("branch__short_name")
    counted = counted.annotate(
        people=Count("pk"),
        received=having(EntitlementState.RECEIVED),
        left=having(EntitlementState.LISTED),
        written_off=having(EntitlementState.WRITTEN_OFF),
        amount=Sum("amount", default=NOTHING),
    )
    return [BranchShare(*row) for row in counted]


def reasons_of(benefit: Benefit) -> list[tuple[OutReason, int]]:
    """Who is not on the list, by reason, the most first."""
    rows = benefit.entitlements.out().order_by().values_list("reason").annotate(people=Count("pk"))
    return [(OutReason(reason), people) for reason, people in sorted(rows, key=lambda row: -row[1])]


def steps_of(benefit: Benefit) -> list[Step]:
    """What happened so far, the oldest first."""
    system = _("系统")

    def who(user) -> str:
        return user.name if user else system

    steps = [Step(_("拟定"), benefit.made_at, who(benefit.made_by), benefit.note)]
    if benefit.frozen_at:
        what = _("补登历史，全部已发放") if benefit.recorded_afterwards else _("定名单")
        steps.append(Step(what, benefit.frozen_at, who(benefit.frozen_by)))
    if benefit.approved_at:
        steps.append(Step(_("批准，占用预算"), benefit.approved_at, who(benefit.approved_by)))
    if benefit.started_at:
        steps.append(Step(_("开始发放"), benefit.started_at, who(benefit.started_by)))
    if benefit.settled_at and not benefit.recorded_afterwards:
        said = _("未领核销：%(why)s") % {"why": benefit.rest_said} if benefit.rest_said else ""
        steps.append(Step(_("结清，列支"), benefit.settled_at, who(benefit.settled_by), said))
    if benefit.cancelled_at:
        steps.append(Step(_("取消"), benefit.cancelled_at, who(benefit.cancelled_by), benefit.said))
    return steps


def waits_for(benefit: Benefit) -> str:
    """Whose turn it is, and for what; empty when nothing is to come."""
    return {
        BenefitState.DRAFT: _("校工会干事定名单"),
        BenefitState.FROZEN: _("主席批准"),
        BenefitState.APPROVED: _("校工会干事开始发放"),
        BenefitState.HANDING_OUT: _("各分工会发放，校工会干事结清"),
    }.get(BenefitState(benefit.state), "")


def cut_off_of(benefit: Benefit) -> str:
    """2022-01-15; 3月生日; 全年生日."""
    if benefit.eligible_on:
        return f"{benefit.eligible_on:%Y-%m-%d}"
    return _("%(month)d月生日") % {"month": benefit.month} if benefit.month else _("全年生日")
