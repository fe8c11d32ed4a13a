"""A benefit run (福利发放): one occasion, one cut-off, one amount a head, one frozen list (DESIGN.md, decision 3)."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.models import PolicyRule
from finance.models import BudgetLine, Commitment
from finance.models.fields import NOTHING, actor, money
from welfare.enums import BenefitState, Occasion, Verdict
from welfare.querysets import BenefitQuerySet

CANCELLABLE = [
    *(BenefitState.DRAFT, BenefitState.FROZEN, BenefitState.APPROVED, BenefitState.HANDING_OUT),
    BenefitState.SETTLED,
]


def _is_not_booked(benefit: Any) -> bool:
    """What was paid from the budget stays; history that was recorded wrongly may be taken back."""
    return benefit.state != BenefitState.SETTLED or benefit.recorded_afterwards


class Benefit(FSMModelMixin, models.Model):
    """``eligible_on`` is the cut-off: who is on the roll that day is due. A birthday run has none: it is for who was
    on the roll on his own birthday, of ``month`` or of the whole year. ``year`` is the calendar year it counts in.

    ``fetch_until_on``: the last day on which it is handed out; who has not fetched it is reminded (``reminders.py``).
    ``rest_said``: why what nobody had fetched was written off when it was settled.
    ``people`` and ``total`` are the frozen list's, kept by the services; ``reserved`` and ``spent`` what the ledger
    was told, yuan. ``recorded_afterwards``: history, handed out in full, no budget touched and nobody's approval
    invented. ``rule`` is the policy row that decided, ``notes`` all of them with what each said.
    """

    occasion = models.CharField(_("事由"), max_length=12, choices=Occasion.choices)
    name = models.CharField(_("名称"), max_length=60)
    year = models.PositiveSmallIntegerField(_("计入年度"))
    eligible_on = models.DateField(_("名单截止日"), null=True, blank=True)
    month = models.PositiveSmallIntegerField(_("生日月份"), null=True, blank=True)
    per_head = money(_("每人标准（元）"))
    line = models.ForeignKey(
        BudgetLine, models.PROTECT, verbose_name=_("预算"), null=True, blank=True, related_name="benefits"
    )
    leaves_out = models.BooleanField(_("超标准的人不列入"), default=False)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    state = FSMField(
        _("状态"), max_length=12, choices=BenefitState.choices, default=BenefitState.DRAFT, protected=True
    )
    recorded_afterwards = models.BooleanField(_("补登历史"), default=False)
    people = models.PositiveIntegerField(_("人数"), default=0)
    total = money(_("金额（元）"), default=NOTHING)
    reserved = money(_("占用预算（元）"), default=NOTHING)
    spent = money(_("实际支出（元）"), default=NOTHING)
    commitment = models.OneToOneField(
        Commitment, models.PROTECT, verbose_name=_("预算占用"), null=True, blank=True, related_name="benefit"
    )
    rule = models.ForeignKey(
        PolicyRule, models.PROTECT, verbose_name=_("适用标准"), null=True, blank=True, related_name="benefits"
    )
    verdict = models.CharField(_("核对结果"), max_length=8, choices=Verdict.choices, blank=True, default=Verdict.NONE)
    notes = models.JSONField(_("核对说明"), default=list, blank=True)
    made_by = actor(_("拟定人"), null=True, blank=True)
    made_at = models.DateTimeField(_("拟定时间"))
    frozen_by = actor(_("定名单人"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("定名单时间"), null=True, blank=True)
    approved_by = actor(_("批准人"), null=True, blank=True)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    started_by = actor(_("开始发放人"), null=True, blank=True)
    started_at = models.DateTimeField(_("开始发放时间"), null=True, blank=True)
    fetch_until_on = models.DateField(_("领取截止日"), null=True, blank=True)
    settled_by = actor(_("结清人"), null=True, blank=True)
    settled_at = models.DateTimeField(_("结清时间"), null=True, blank=True)
    rest_said = models.CharField(_("核销原因"), max_length=200, blank=True, default="")
    cancelled_by = actor(_("取消人"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    said = models.CharField(_("取消原因"), max_length=200, blank=True)

    objects = BenefitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("福利发放")
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(name="benefit_state_known", condition=Q(state__in=BenefitState.values)),
            models.CheckConstraint(name="benefit_occasion_known", condition=Q(occasion__in=Occasion.values)),
            models.CheckConstraint(name="benefit_verdict_known", condition=Q(verdict__in=Verdict.values)),
            models.CheckConstraint(name="benefit_named", condition=~Q(name="")),
            models.CheckConstraint(name="benefit_gives_something", condition=Q(per_head__gt=0)),
            models.CheckConstraint(
                name="benefit_cut_off_fits",
                condition=Q(occasion=Occasion.BIRTHDAY, eligible_on__isnull=True)
                | ~Q(occasion=Occasion.BIRTHDAY) & Q(eligible_on__isnull=False, month__isnull=True),
            ),
            models.CheckConstraint(
                name="benefit_month_is_one", condition=Q(month__isnull=True) | Q(month__range=(1, 12))
            ),
            models.CheckConstraint(  # TRUST.md 3: approver and who made the list are two people
                name="benefit_approved_by_another",
                condition=Q(approved_by__isnull=True) | Q(frozen_by__isnull=True) | ~Q(approved_by=F("frozen_by")),
            ),
            models.CheckConstraint(
                name="benefit_frozen_on_a_day",
                condition=Q(state__in=[BenefitState.DRAFT, BenefitState.CANCELLED]) | Q(frozen_at__isnull=False),
            ),
            models.CheckConstraint(
                name="benefit_approved_on_budget",
                condition=~Q(state__in=[BenefitState.APPROVED, BenefitState.HANDING_OUT, BenefitState.SETTLED])
                | Q(recorded_afterwards=True)
                | Q(approved_by__isnull=False, line__isnull=False, commitment__isnull=False),
            ),
            models.CheckConstraint(  # DESIGN.md, contracts: no approvals invented, no budget touched
                name="benefit_history_touches_no_budget",
                condition=Q(recorded_afterwards=False)
                | Q(
                    state__in=[BenefitState.SETTLED, BenefitState.CANCELLED],
                    approved_by__isnull=True,
                    commitment__isnull=True,
                    reserved=NOTHING,
                    spent=NOTHING,
                ),
            ),
            models.CheckConstraint(
                name="benefit_spends_what_it_reserved",
                condition=Q(spent__gte=NOTHING, reserved__gte=F("spent"), total__gte=NOTHING),
            ),
            models.CheckConstraint(
                name="benefit_cancelled_says_why", condition=~Q(state=BenefitState.CANCELLED) | ~Q(said="")
            ),
            models.UniqueConstraint(
                name="benefit_run_once",
                fields=["occasion", "year", "eligible_on", "month", "name"],
                condition=~Q(state=BenefitState.CANCELLED),
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(name="benefit_by_state", fields=["state", "year"])]

    def __str__(self) -> str:
        return f"{self.year}年{self.name}"

    @transition(state, source=BenefitState.DRAFT, target=BenefitState.FROZEN)
    def freeze(self) -> None:
        """定名单。"""

    @transition(state, source=BenefitState.DRAFT, target=BenefitState.SETTLED)
    def record(self) -> None:
        """补登历史：已全部发放。"""

    @transition(state, source=BenefitState.FROZEN, target=BenefitState.APPROVED)
    def approve(self) -> None:
        """批准，占用预算。"""

    @transition(state, source=BenefitState.APPROVED, target=BenefitState.HANDING_OUT)
    def start(self) -> None:
        """开始发放。"""

    @transition(state, source=BenefitState.HANDING_OUT, target=BenefitState.SETTLED)
    def settle(self) -> None:
        """结清，列支。"""

    @transition(state, source=CANCELLABLE, target=BenefitState.CANCELLED, conditions=[_is_not_booked])
    def cancel(self) -> None:
        """取消，释放占用。"""
