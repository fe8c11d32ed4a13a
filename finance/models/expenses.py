"""Claims (报销): what was spent, its invoices, whom to pay, and everybody's signature under exactly that."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.sealed import SealedField
from finance.enums import ActKind, Desk, ExpenseKind, ExpenseState
from finance.models.entries import Commitment
from finance.models.fields import actor, money
from finance.models.lines import BudgetLine
from finance.querysets import ExpenseQuerySet

EDITABLE = (ExpenseState.DRAFT, ExpenseState.RETURNED)
UNDER_WAY = (ExpenseState.SUBMITTED, ExpenseState.APPROVED)
FREED = (ExpenseState.REJECTED, ExpenseState.WITHDRAWN)


class Expense(FSMModelMixin, models.Model):
    """One claim. Its content changes as a draft or when returned, and then only; the database holds that.

    ``round`` counts the submissions: signatures of an earlier round are void. ``route`` is the round's desks, frozen,
    ``waits_for`` the one whose turn it is. ``digest`` names what was submitted. The commitment is made with the last
    approval, and anew after a payment came back.
    """

    applicant = actor(_("申请人"))
    entered_by = actor(_("填报人"))
    branch = models.ForeignKey(
        "members.Branch", models.PROTECT, verbose_name=_("分工会"), null=True, blank=True, related_name="+"
    )
    line = models.ForeignKey(BudgetLine, models.PROTECT, verbose_name=_("预算"), related_name="expenses")
    kind = models.CharField(_("类别"), max_length=12, choices=ExpenseKind.choices, default=ExpenseKind.GENERAL)
    purpose = models.CharField(_("用途"), max_length=200)
    amount = money(_("金额（元）"))
    payee_name = models.CharField(_("收款人"), max_length=60)
    payee_bank = models.CharField(_("开户银行"), max_length=80)
    payee_account = SealedField(_("收款账号"))
    payee_account_hash = models.CharField(max_length=64, blank=True, editable=False)
    payee_account_last4 = models.CharField(_("收款账号末四位"), max_length=4, blank=True, editable=False)
    minute = models.CharField(_("会议纪要"), max_length=100, blank=True)
    state = FSMField(
        _("状态"), max_length=10, choices=ExpenseState.choices, default=ExpenseState.DRAFT, protected=True
    )
    round = models.PositiveSmallIntegerField(_("提交次数"), default=0)
    route = models.JSONField(_("审批流程"), default=list)
    waits_for = models.CharField(_("待审批"), max_length=10, choices=Desk.choices, blank=True)
    route_rule = models.ForeignKey(
        "core.PolicyRule", models.PROTECT, verbose_name=_("流程依据"), null=True, blank=True, related_name="+"
    )
    minute_rule = models.ForeignKey(
        "core.PolicyRule", models.PROTECT, verbose_name=_("集体决定依据"), null=True, blank=True, related_name="+"
    )
    digest = models.CharField(max_length=64, blank=True, editable=False)
    commitment = models.OneToOneField(
        Commitment, models.PROTECT, verbose_name=_("占用"), null=True, blank=True, related_name="expense"
    )
    said = models.CharField(_("退回或不予报销的原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("填报时间"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    decided_at = models.DateTimeField(_("批准或办结时间"), null=True, blank=True)

    objects = ExpenseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("报销单")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="expense_state_known", condition=Q(state__in=ExpenseState.values)),
            models.CheckConstraint(name="expense_kind_known", condition=Q(kind__in=ExpenseKind.values)),
            models.CheckConstraint(name="expense_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="expense_says_what_for", condition=~Q(purpose="") & ~Q(payee_name="")),
            models.CheckConstraint(
                name="expense_waits_while_submitted",
                condition=Q(state=ExpenseState.SUBMITTED, waits_for__in=Desk.values)
                | ~Q(state=ExpenseState.SUBMITTED) & Q(waits_for=""),
            ),
            models.CheckConstraint(
                name="expense_submitted_whole",
                condition=Q(round=0, digest="", submitted_at__isnull=True)
                | Q(round__gt=0, submitted_at__isnull=False) & ~Q(digest="") & ~Q(payee_account_hash=""),
            ),
            models.CheckConstraint(
                name="expense_refusal_says_why",
                condition=~Q(state__in=[ExpenseState.RETURNED, ExpenseState.REJECTED]) | ~Q(said=""),
            ),
            models.CheckConstraint(  # no payment without money held back for it, nothing held back for nothing
                name="expense_holds_when_approved",
                condition=Q(state__in=[ExpenseState.APPROVED, ExpenseState.PAID], commitment__isnull=False)
                | ~Q(state__in=[ExpenseState.APPROVED, ExpenseState.PAID]) & Q(commitment__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="expense_by_desk", fields=["waits_for", "branch"], condition=~Q(waits_for="")),
            models.Index(name="expense_by_applicant", fields=["applicant", "-id"]),
        ]

    def __str__(self) -> str:
        return f"BX{self.pk:06}"

    @transition(state, source=EDITABLE, target=ExpenseState.SUBMITTED)
    def submit(self) -> None:
        """提交。"""

    @transition(state, source=ExpenseState.SUBMITTED, target=ExpenseState.APPROVED)
    def approve(self) -> None:
        """最后一人同意。"""

    @transition(state, source=ExpenseState.SUBMITTED, target=ExpenseState.RETURNED)
    def send_back(self) -> None:
        """退回补正。"""

    @transition(state, source=ExpenseState.SUBMITTED, target=ExpenseState.REJECTED)
    def reject(self) -> None:
        """不予报销。"""

    @transition(state, source=UNDER_WAY, target=ExpenseState.RETURNED)
    def recall(self) -> None:
        """收回修改。"""

    @transition(
        state, source=[*EDITABLE, ExpenseState.SUBMITTED, ExpenseState.APPROVED], target=ExpenseState.WITHDRAWN
    )
    def withdraw(self) -> None:
        """撤回。"""

    @transition(state, source=ExpenseState.APPROVED, target=ExpenseState.PAID)
    def pay(self) -> None:
        """支付。"""

    @transition(state, source=ExpenseState.PAID, target=ExpenseState.APPROVED)
    def reopen(self) -> None:
        """付款退回，可再次支付。"""

    @transition(state, source=ExpenseState.PAID, target=ExpenseState.RETURNED)
    def come_back(self) -> None:
        """跨年度付款退回，改选本年度预算。"""


class ExpenseItem(models.Model):
    """One row of a claim."""

    expense = models.ForeignKey(Expense, models.CASCADE, verbose_name=_("报销单"), related_name="items")
    text = models.CharField(_("内容"), max_length=100)
    amount = money(_("金额（元）"))

    class Meta:
        verbose_name = verbose_name_plural = _("报销明细")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="expense_item_whole", condition=Q(amount__gt=0) & ~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.text} {self.amount}"


class Invoice(models.Model):
    """An invoice of a claim; over all years it pays once. A draft does not hold it yet, a rejected or withdrawn claim
    no longer does."""

    expense = models.ForeignKey(Expense, models.CASCADE, verbose_name=_("报销单"), related_name="invoices")
    code = models.CharField(_("发票代码"), max_length=20, blank=True)
    number = models.CharField(_("发票号码"), max_length=20)
    on = models.DateField(_("开票日期"))
    amount = money(_("价税合计（元）"))
    seller = models.CharField(_("销售方"), max_length=100)
    in_use = models.BooleanField(_("占用中"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("发票")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="invoice_used_once", fields=["number", "code"], condition=Q(in_use=True)),
            models.UniqueConstraint(name="invoice_once_in_a_claim", fields=["expense", "number", "code"]),
            models.CheckConstraint(
                name="invoice_number_plain", condition=Q(number__regex=r"^[0-9A-Z]+$", code__regex=r"^[0-9A-Z]*$")
            ),
            models.CheckConstraint(name="invoice_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}".strip()


class ExpenseAct(models.Model):
    """One act on a claim, never changed. One of kind ``approve`` is a signature under ``digest``, on ``desk``, at
    ``position`` of the round's route; the database lets nobody sign his own, twice, out of turn or something else.
    ``on_behalf_of``: whose office it is when a substitute acts; the two count as one person."""

    append_only = True

    expense = models.ForeignKey(Expense, models.PROTECT, verbose_name=_("报销单"), related_name="acts")
    kind = models.CharField(_("事项"), max_length=10, choices=ActKind.choices)
    round = models.PositiveSmallIntegerField(_("提交次数"))
    position = models.PositiveSmallIntegerField(_("步骤"), null=True, blank=True)
    desk = models.CharField(_("岗位"), max_length=10, choices=Desk.choices, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("办理人"), related_name="expense_acts"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("代理何人"), null=True, blank=True, related_name="+"
    )
    said = models.CharField(_("意见"), max_length=200, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("报销办理记录")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="expense_act_known", condition=Q(kind__in=ActKind.values)),
            models.CheckConstraint(
                name="expense_approval_whole",
                condition=Q(kind=ActKind.APPROVE, position__isnull=False, desk__in=Desk.values) & ~Q(digest="")
                | ~Q(kind=ActKind.APPROVE) & Q(position__isnull=True),
            ),
            models.UniqueConstraint(
                name="expense_step_signed_once",
                fields=["expense", "round", "position"],
                condition=Q(kind=ActKind.APPROVE),
            ),
            models.UniqueConstraint(  # nobody twice (TRUST.md W3)
                name="expense_signed_once_by_one",
                fields=["expense", "round", "actor"],
                condition=Q(kind=ActKind.APPROVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expense_id} {self.kind}"

    @property
    def by(self) -> str:
        """王某, or 王某（代李某）."""
        if self.on_behalf_of is None:
            return self.actor.name
        return _("%(name)s（代%(other)s）") % {"name": self.actor.name, "other": self.on_behalf_of.name}
