"""Dues: on which pay they are counted, who may deduct them, what was due and what was paid (REGULATIONS.md 2, 8.2).

A month's list is frozen (DESIGN.md, decision 3): people, branch and amount stay as they were on the first of the
month. Payments are entries that are never edited; a wrong one is reversed by its exact negative.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractDay, Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from members.enums import DuesWay
from members.models.branches import Branch
from members.models.people import Member, period_of_days
from members.querysets.roll import DuesLineQuerySet


def _actor(name: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=name, related_name="+")


class PayBasis(models.Model):
    """The monthly pay on which a member's dues are counted, in yuan, from ``from_on`` on. Class C2."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="pay_bases")
    monthly = models.DecimalField(_("月缴费基数（元）"), max_digits=12, decimal_places=2)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = _("会费基数")
        ordering = ["member", "-from_on"]
        constraints = [
            models.CheckConstraint(name="pay_basis_not_negative", condition=Q(monthly__gte=0)),
            models.CheckConstraint(
                name="pay_basis_period_not_empty", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            ExclusionConstraint(
                name="pay_basis_never_overlaps",
                expressions=[("member", RangeOperators.EQUAL), (period_of_days(), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.from_on}"


class PayrollAuthorisation(models.Model):
    """A member's own consent that payroll deducts his dues, to a wording, until he takes it back."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="payroll_authorisations")
    text_version = models.CharField(_("文本版本"), max_length=20)
    signed_at = models.DateTimeField(_("签署时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("会费代扣授权")
        ordering = ["-signed_at"]
        constraints = [
            models.UniqueConstraint(
                name="payroll_authorisation_one_open", fields=["member"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="payroll_authorisation_in_order",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("signed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.signed_at:%Y-%m-%d}"


class DuesList(models.Model):
    """One month's list of dues, frozen as of the first of the month. ``month`` is that day."""

    month = models.DateField(_("月份"), unique=True)
    rate = models.DecimalField(_("费率（%）"), max_digits=5, decimal_places=3)
    rule = models.ForeignKey(
        "core.PolicyRule", models.PROTECT, verbose_name=_("费率依据"), null=True, blank=True, related_name="+"
    )
    frozen_by = _actor(_("制表人"))
    frozen_at = models.DateTimeField(_("制表时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("会费收缴表")
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(name="dues_list_month_begins", condition=Exact(ExtractDay("month"), 1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}"


class DuesLine(models.Model):
    """What one member owes for one month, in yuan. Never changed; paid when its newest payment is not a reversal."""

    append_only = True

    dues_list = models.ForeignKey(DuesList, models.PROTECT, verbose_name=_("月份"), related_name="lines")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="dues_lines")
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("分工会"), related_name="dues_lines")
    basis = models.DecimalField(_("缴费基数（元）"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("应缴（元）"), max_digits=12, decimal_places=2)
    by_payroll = models.BooleanField(_("工资代扣"))

    objects = DuesLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("应缴会费")
        ordering = ["-dues_list__month", "pk"]
        constraints = [
            models.UniqueConstraint(name="dues_line_once_a_month", fields=["dues_list", "member"]),
            models.CheckConstraint(name="dues_line_owes_something", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.dues_list}"

    @property
    def is_paid(self) -> bool:
        """Of a line read ``with_turns()``."""
        return self.turns % 2 == 1  # type: ignore[attr-defined]


class DuesPayment(models.Model):
    """Paid, or a payment reversed. ``turn`` counts from 1: odd ones pay the line's amount, even ones take it back."""

    append_only = True

    line = models.ForeignKey(DuesLine, models.PROTECT, verbose_name=_("应缴会费"), related_name="payments")
    turn = models.PositiveSmallIntegerField(_("次序"))
    amount = models.DecimalField(_("金额（元）"), max_digits=12, decimal_places=2)
    way = models.CharField(_("方式"), max_length=8, choices=DuesWay.choices)
    paid_on = models.DateField(_("日期"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    booked_by = _actor(_("登记人"))
    booked_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("会费缴纳记录")
        ordering = ["-pk"]
        constraints = [
            # Two who book the same line at once: the second finds the turn taken.
            models.UniqueConstraint(name="dues_payment_turn_once", fields=["line", "turn"]),
            models.CheckConstraint(name="dues_payment_way_known", condition=Q(way__in=DuesWay.values)),
            models.CheckConstraint(
                name="dues_payment_pays_or_reverses",
                condition=Q(Exact(Mod("turn", 2), 1), amount__gt=0) | Q(Exact(Mod("turn", 2), 0), amount__lt=0),
            ),
            models.CheckConstraint(name="dues_payment_reversal_has_reason", condition=Q(amount__gt=0) | ~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount}"
