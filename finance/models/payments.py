"""Paying: the cashier's batch with its bank file, and what became of each payment."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from finance.enums import LIVE, BatchState, PaymentState
from finance.models.entries import Entry
from finance.models.expenses import Expense
from finance.models.fields import actor, money
from finance.querysets import PaymentBatchQuerySet, PaymentQuerySet


class PaymentBatch(FSMModelMixin, models.Model):
    """What is paid together. Its file leaves the house at most once by itself (TRUST.md 2.6): it is marked, then
    sent; once more only with a reason. ``total`` and ``count`` are those of the day it was made."""

    made_by = actor(_("制单人"))
    made_at = models.DateTimeField(_("制单时间"))
    state = FSMField(_("状态"), max_length=8, choices=BatchState.choices, default=BatchState.MADE, protected=True)
    total = money(_("合计（元）"))
    count = models.PositiveIntegerField(_("笔数"))
    handed_at = models.DateTimeField(_("导出时间"), null=True, blank=True)
    file_sha256 = models.CharField(_("文件摘要"), max_length=64, blank=True)
    done_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("付款批次")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="batch_state_known", condition=Q(state__in=BatchState.values)),
            models.CheckConstraint(name="batch_not_empty", condition=Q(total__gt=0, count__gt=0)),
            models.CheckConstraint(
                name="batch_handed_on_record",
                condition=Q(handed_at__isnull=True, file_sha256="") & ~Q(state=BatchState.HANDED)
                | Q(handed_at__isnull=False) & ~Q(file_sha256="") & ~Q(state=BatchState.MADE),
            ),
        ]

    def __str__(self) -> str:
        return f"FK{self.pk:05}"

    @transition(state, source=BatchState.MADE, target=BatchState.HANDED)
    def hand_over(self) -> None:
        """导出银行文件。"""

    @transition(state, source=[BatchState.MADE, BatchState.HANDED], target=BatchState.DONE)
    def finish(self) -> None:
        """每笔都有结果。"""


class Payment(FSMModelMixin, models.Model):
    """One claim in one batch. The database lets it go forwards only, and one claim have one live payment (I4)."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, verbose_name=_("付款批次"), related_name="payments")
    expense = models.ForeignKey(Expense, models.PROTECT, verbose_name=_("报销单"), related_name="payments")
    amount = money(_("金额（元）"))
    digest = models.CharField(max_length=64, editable=False)
    state = FSMField(
        _("状态"), max_length=8, choices=PaymentState.choices, default=PaymentState.WAITING, protected=True
    )
    paid_by = actor(_("付款人"), null=True, blank=True)
    paid_at = models.DateTimeField(_("付款登记时间"), null=True, blank=True)
    entry = models.OneToOneField(
        Entry, models.PROTECT, verbose_name=_("支出记录"), null=True, blank=True, related_name="payment"
    )
    said = models.CharField(_("未支付或退回的原因"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("退回时间"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("付款")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="payment_state_known", condition=Q(state__in=PaymentState.values)),
            models.UniqueConstraint(
                name="payment_one_live_per_expense", fields=["expense"], condition=Q(state__in=sorted(LIVE))
            ),
            models.CheckConstraint(
                name="payment_paid_on_record",
                condition=Q(state__in=[PaymentState.PAID, PaymentState.BOUNCED])
                & Q(paid_by__isnull=False, paid_at__isnull=False, entry__isnull=False)
                | Q(state__in=[PaymentState.WAITING, PaymentState.DROPPED])
                & Q(paid_by__isnull=True, paid_at__isnull=True, entry__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_end_says_why",
                condition=Q(state__in=LIVE, ended_at__isnull=True)
                | Q(state__in=[PaymentState.BOUNCED, PaymentState.DROPPED], ended_at__isnull=False) & ~Q(said=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}-{self.expense_id}"

    @transition(state, source=PaymentState.WAITING, target=PaymentState.PAID)
    def pay(self) -> None:
        """登记已支付。"""

    @transition(state, source=PaymentState.WAITING, target=PaymentState.DROPPED)
    def drop(self) -> None:
        """未支付，移出批次。"""

    @transition(state, source=PaymentState.PAID, target=PaymentState.BOUNCED)
    def bounce(self) -> None:
        """银行退回。"""
