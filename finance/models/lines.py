"""Budget lines: a year's money for one head, in one branch or the whole union, for one project or none."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finance.enums import Side
from finance.models.accounts import Account
from finance.models.fields import NOTHING, money
from finance.models.years import FiscalYear
from finance.querysets import BudgetLineQuerySet


class BudgetLine(models.Model):
    """``branch`` None is the school union itself.

    The totals, yuan, are the sums of the line's entries. The ledger's trigger alone writes them (migration
    0002): the application's role may not, and ``budget_line_never_overspent`` holds at every instant. On an income
    line ``budget`` is the plan and ``income`` what came in.
    """

    append_only = True
    untracked = True  # the trigger writes it as the owner; its entries are in the audit

    year = models.ForeignKey(FiscalYear, models.PROTECT, verbose_name=_("年度"), related_name="lines")
    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("科目"), related_name="lines")
    branch = models.ForeignKey(
        "members.Branch", models.PROTECT, verbose_name=_("分工会"), null=True, blank=True, related_name="budget_lines"
    )
    project = models.CharField(_("项目"), max_length=60, blank=True)
    side = models.CharField(_("收支"), max_length=8, choices=Side.choices)  # the account's, set by the trigger
    budget = money(_("预算（元）"), default=NOTHING)
    reserved = money(_("已占用（元）"), default=NOTHING)
    spent = money(_("已支出（元）"), default=NOTHING)
    income = money(_("已收入（元）"), default=NOTHING)

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("预算")
        ordering = ["-year__year", "account__code", "branch", "project"]
        constraints = [
            models.UniqueConstraint(
                name="budget_line_once", fields=["year", "account", "branch", "project"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="budget_line_never_overspent", condition=Q(budget__gte=F("reserved") + F("spent"))
            ),
            models.CheckConstraint(name="budget_line_reserved_not_negative", condition=Q(reserved__gte=0)),
            models.CheckConstraint(name="budget_line_spent_not_negative", condition=Q(spent__gte=0)),
            models.CheckConstraint(name="budget_line_income_not_negative", condition=Q(income__gte=0)),
            models.CheckConstraint(
                name="budget_line_one_side",
                condition=Q(side=Side.INCOME, reserved=0, spent=0) | Q(side=Side.SPENDING, income=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.name}"

    @property
    def name(self) -> str:
        """职工活动支出／文体活动（纺织学院，运动会）."""
        beside = "，".join(filter(None, [self.branch.short_name if self.branch else "", self.project]))
        return f"{self.account.full_name}（{beside}）" if beside else self.account.full_name

    @property
    def available(self) -> Decimal:
        """What may still be reserved or spent."""
        return self.budget - self.reserved - self.spent
