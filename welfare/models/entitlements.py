"""Who is due what of a run, who is not and why, and what was changed after the list was frozen."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from finance.models.fields import NOTHING, actor, money
from members.models import Branch, Member
from welfare.enums import EntitlementState, ExceptionKind, ExceptionState, OutReason
from welfare.models.benefits import Benefit
from welfare.querysets import BenefitExceptionQuerySet, EntitlementQuerySet


class Entitlement(models.Model):
    """One person who was considered for a run, as of its cut-off: his branch then, and his amount, yuan.

    ``state`` OUT has a ``reason``; ``reason_on`` is the day that explains it, or the birthday of a birthday run. The
    database lets nobody change run, person or amount afterwards, or delete a row (migration 0001): only who was out
    may be listed with an amount, by an approved exception. A record merged away keeps its rows (ADR 0010).
    """

    benefit = models.ForeignKey(
        Benefit, models.PROTECT, verbose_name=_("发放"), related_name="entitlements", db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="entitlements")
    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("分工会"), null=True, related_name="+", db_index=False
    )
    amount = money(_("金额（元）"), default=NOTHING)
    state = models.CharField(_("状态"), max_length=12, choices=EntitlementState.choices)
    reason = models.CharField(_("原因"), max_length=12, choices=OutReason.choices, blank=True, default="")
    reason_on = models.DateField(_("日期"), null=True, blank=True)
    received_on = models.DateField(_("领取日期"), null=True, blank=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("发放名单")
        ordering = ["benefit", "branch", "pk"]
        constraints = [
            models.UniqueConstraint(name="entitlement_once", fields=["benefit", "member"]),
            models.CheckConstraint(name="entitlement_state_known", condition=Q(state__in=EntitlementState.values)),
            models.CheckConstraint(name="entitlement_reason_known", condition=Q(reason__in=OutReason.values)),
            models.CheckConstraint(
                name="entitlement_out_has_reason",
                condition=Q(state=EntitlementState.OUT, amount=NOTHING) & ~Q(reason="")
                | ~Q(state=EntitlementState.OUT) & Q(reason="", amount__gt=NOTHING, branch__isnull=False),
            ),
            models.CheckConstraint(
                name="entitlement_received_on_a_day",
                condition=Q(state=EntitlementState.RECEIVED, received_on__isnull=False)
                | ~Q(state=EntitlementState.RECEIVED) & Q(received_on__isnull=True),
            ),
        ]
        indexes = [models.Index(name="entitlement_by_branch", fields=["benefit", "branch", "state"])]

    def __str__(self) -> str:
        return f"{self.benefit_id}:{self.member_id}"


class BenefitException(FSMModelMixin, models.Model):
    """A change of a frozen list: add, withdraw, move to another branch. Asked by one, approved by another person.

    ``branch`` is where he is added or moved to; empty for a withdrawal. What ``member`` has not fetched may be passed
    on to ``heir``, who is not on the list, in his ``branch``: one leaves the list and the other comes on it.
    """

    benefit = models.ForeignKey(Benefit, models.PROTECT, verbose_name=_("发放"), related_name="exceptions")
    kind = models.CharField(_("例外"), max_length=8, choices=ExceptionKind.choices)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="benefit_exceptions")
    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("分工会"), null=True, blank=True, related_name="+"
    )
    heir = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("转给"), null=True, blank=True, related_name="benefits_passed_on"
    )
    reason = models.CharField(_("原因"), max_length=200)
    state = FSMField(
        _("状态"), max_length=8, choices=ExceptionState.choices, default=ExceptionState.ASKED, protected=True
    )
    asked_by = actor(_("提出人"))
    asked_at = models.DateTimeField(_("提出时间"))
    decided_by = actor(_("批准人"), null=True, blank=True)
    decided_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    said = models.CharField(_("未批准原因"), max_length=200, blank=True)

    objects = BenefitExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("名单例外")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="benefit_exception_kind_known", condition=Q(kind__in=ExceptionKind.values)),
            models.CheckConstraint(
                name="benefit_exception_state_known", condition=Q(state__in=ExceptionState.values)
            ),
            models.CheckConstraint(name="benefit_exception_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="benefit_exception_says_where",
                condition=Q(kind=ExceptionKind.WITHDRAW, branch__isnull=True)
                | ~Q(kind=ExceptionKind.WITHDRAW) & Q(branch__isnull=False),
            ),
            models.CheckConstraint(
                name="benefit_exception_passed_on_to_another",
                condition=Q(kind=ExceptionKind.PASS_ON, heir__isnull=False) & ~Q(heir=F("member"))
                | ~Q(kind=ExceptionKind.PASS_ON) & Q(heir__isnull=True),
            ),
            models.CheckConstraint(  # TRUST.md 3
                name="benefit_exception_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="benefit_exception_decided_by_somebody",
                condition=Q(state=ExceptionState.ASKED, decided_by__isnull=True)
                | ~Q(state=ExceptionState.ASKED) & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="benefit_exception_rejection_says_why",
                condition=~Q(state=ExceptionState.REJECTED) | ~Q(said=""),
            ),
            models.UniqueConstraint(
                name="benefit_exception_one_open",
                fields=["benefit", "member"],
                condition=Q(state=ExceptionState.ASKED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.member_id}"

    @transition(state, source=ExceptionState.ASKED, target=ExceptionState.APPROVED)
    def approve(self) -> None:
        """批准，名单随之更改。"""

    @transition(state, source=ExceptionState.ASKED, target=ExceptionState.REJECTED)
    def reject(self) -> None:
        """不予批准。"""
