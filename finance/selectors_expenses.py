"""What claims ask: whose branch, which lines, who reviews, what happened, what is left."""

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext as _

from core import clock
from core.enums import Role
from core.models import RoleGrant, User
from finance.enums import Desk, ExpenseState, PaymentState, Side, YearState
from finance.models import BudgetLine, Expense
from finance.querysets import ROLES
from members.models import Branch, Membership
from members.steps import Step


def branch_of(user: User, on: date) -> Branch | None:
    """Where he is on the roll of that day."""
    period = Membership.objects.on(on).filter(member__user=user).select_related("branch").first()
    return period.branch if period else None


def lines_open_to(branch: Branch | None) -> QuerySet[BudgetLine]:
    """What a claim may be paid from: spending lines of a running year, the union's and those of the branch."""
    lines = BudgetLine.objects.named().filter(side=Side.SPENDING, year__state=YearState.OPEN)
    return lines.filter(branch__isnull=True) | lines.filter(branch=branch) if branch else lines.filter(branch=None)


def reviewers_of(branch: int | None, *without: int) -> list[int]:
    """The branch's officers of today and who stand in for them; those apart, and who stand in for those."""
    today = RoleGrant.objects.in_force(TruncDate(Now()))
    grants = today.filter(role=Role.BRANCH_OFFICER, branch=branch, branch__isnull=False, user__is_active=True)
    for_them = today.filter(stands_in_for__in=without).values("user")
    grants = grants.exclude(user__in=without).exclude(user__in=for_them)
    return list(grants.values_list("user", flat=True).order_by("user"))


def steps_of(expense: Expense) -> list[Step]:
    """What happened so far, the oldest first."""
    steps = [Step(_("填报"), expense.created_at, expense.entered_by.name)]
    for act in expense.acts.select_related("actor", "on_behalf_of"):
        words = str(act.get_kind_display())  # type: ignore[attr-defined]
        if act.desk:
            words = f"{act.get_desk_display()}{words}"  # type: ignore[attr-defined]
        steps.append(Step(words, act.at, act.by, act.said))
    steps += _payments(expense)
    return sorted(steps, key=lambda step: (step.at is not None, step.at))


def _payments(expense: Expense) -> Iterator[Step]:
    for row in expense.payments.select_related("batch__made_by", "paid_by"):
        yield Step(_("列入付款批次 %(batch)s") % {"batch": row.batch}, row.batch.made_at, row.batch.made_by.name)
        if row.paid_at and row.paid_by:
            yield Step(_("支付"), row.paid_at, row.paid_by.name)
        if row.ended_at:
            words = _("付款退回") if row.state == PaymentState.BOUNCED else _("移出付款批次")
            yield Step(words, row.ended_at, "", row.said)


def waits_for(expense: Expense) -> str:
    """Whose turn it is, in words; empty when it is over."""
    match expense.state:
        case ExpenseState.DRAFT | ExpenseState.RETURNED:
            return _("申请人")
        case ExpenseState.APPROVED:
            return _with_substitutes(str(Role.CASHIER.label), Role.CASHIER)
        case ExpenseState.SUBMITTED:
            if expense.waits_for == Desk.BRANCH:
                users = reviewers_of(expense.branch_id, expense.applicant_id, expense.entered_by_id)
                names = "、".join(User.objects.filter(pk__in=users).values_list("name", flat=True))
                return _("分工会负责人（%(names)s）") % {"names": names}
            return _with_substitutes(str(Desk(expense.waits_for).label), ROLES[Desk(expense.waits_for)])
    return ""


def _with_substitutes(office: str, role: str) -> str:
    """主席, or 主席（代理：王某） while somebody stands in for him."""
    grants = RoleGrant.objects.in_force(TruncDate(Now())).filter(role=role, stands_in_for__isnull=False)
    names = "、".join(grants.filter(user__is_active=True).order_by("pk").values_list("user__name", flat=True))
    return _("%(office)s（代理：%(names)s）") % {"office": office, "names": names} if names else office


def warning_of(expense: Expense) -> str:
    """Before it is approved: what the line has left does not cover it (ANCHORS 6). Only a warning."""
    if expense.state not in (ExpenseState.DRAFT, ExpenseState.RETURNED, ExpenseState.SUBMITTED):
        return ""
    line = BudgetLine.objects.select_related("year").get(pk=expense.line_id)
    if line.year.state != YearState.OPEN or line.year.year != clock.today().year:
        return _("所选预算不在执行中的年度内，批准时会被拒绝，请改选。")
    return _("所选预算的可用金额不足，批准时会被拒绝。") if line.available < expense.amount else ""
