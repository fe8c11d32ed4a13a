"""Changes of membership: each is a row that nobody edits, and the application that begins it."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.enums import ActKind, KeptReason
from members.models.branches import Branch
from members.models.people import Member, period_of_days
from members.querysets.life import KeptQuerySet, MembershipActQuerySet


class KeptMembership(models.Model):
    """Days ``[from_on, until_on)`` on which a membership was kept (保留会籍): no dues, no vote, no benefits.

    A day that is on the roll too counts as on the roll (a roster may bring somebody back): ask ``kept_on``.
    """

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="kept_periods")
    reason = models.CharField(_("保留原因"), max_length=12, choices=KeptReason.choices)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("保留会籍")
        ordering = ["member", "from_on"]
        constraints = [
            models.CheckConstraint(name="kept_reason_known", condition=Q(reason__in=KeptReason.values)),
            models.CheckConstraint(
                name="kept_period_not_empty", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            ExclusionConstraint(
                name="kept_never_overlaps",
                expressions=[("member", RangeOperators.EQUAL), (period_of_days(), RangeOperators.OVERLAPS)],
                violation_error_message=_("同一会员的保留期间不能重叠。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.reason} {self.from_on}–{self.until_on or ''}"


class MembershipAct(models.Model):
    """One change of a membership (会籍变动): what, when, on which paper, by whom. Written once, never edited.

    ``on`` is the first day of the new state for joining, transfer in, change of branch and resuming; the last day of
    the old state for transfer out, retirement, keeping, leaving, expulsion and death; the day of writing for a
    correction. A correction is an act of its own that ``reverses`` another one and gives the reason as ``basis``.

    Periods that came by a roster have no act: they are history as the office kept it.
    """

    append_only = True

    kind = models.CharField(_("变动"), max_length=16, choices=ActKind.choices)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="membership_acts")
    on = models.DateField(_("变动日期"))
    branch_before = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("原分工会"), null=True, blank=True, related_name="+"
    )
    branch_after = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("现分工会"), null=True, blank=True, related_name="+"
    )
    kept_reason = models.CharField(_("保留原因"), max_length=12, choices=KeptReason.choices, blank=True)
    other_union = models.CharField(_("对方工会"), max_length=60, blank=True)
    document = models.CharField(_("文号"), max_length=60, blank=True)
    document_on = models.DateField(_("文件日期"), null=True, blank=True)
    approved_by = models.CharField(_("批准机构与会议"), max_length=100, blank=True)
    basis = models.CharField(_("依据或事由"), max_length=200, blank=True)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("经办人"), related_name="+")
    recorded_at = models.DateTimeField(_("登记时间"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name=_("撤销的变动"), null=True, blank=True, related_name="reversed_by"
    )
    # Which periods it ended and opened, and what the ended ones said before: what a correction puts back.
    effect = models.JSONField(_("所涉期间"), default=dict, encoder=DjangoJSONEncoder, editable=False)

    objects = MembershipActQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会籍变动")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="membership_act_kind_known", condition=Q(kind__in=ActKind.values)),
            models.CheckConstraint(
                name="membership_act_correction_says_why",
                condition=Q(kind=ActKind.CORRECTED, reverses__isnull=False) & ~Q(basis="")
                | ~Q(kind=ActKind.CORRECTED) & Q(reverses__isnull=True),
            ),
            models.CheckConstraint(  # REGULATIONS.md 2: the committee decides, and says on what
                name="membership_act_expulsion_on_paper",
                condition=~Q(kind=ActKind.EXPELLED) | ~Q(document="") & ~Q(approved_by="") & ~Q(basis=""),
            ),
            models.CheckConstraint(
                name="membership_act_transfer_says_where",
                condition=~Q(kind__in=[ActKind.TRANSFERRED_IN, ActKind.TRANSFERRED_OUT]) | ~Q(other_union=""),
            ),
        ]
        indexes = [models.Index(name="membership_act_of_member", fields=["member", "-id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


class CardCounter(models.Model):
    """The last card number given out: one row, locked while a number is taken, so that none is lost or twice."""

    last = models.PositiveIntegerField(_("最近的会员证号"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("会员证号计数")
        constraints = [models.CheckConstraint(name="card_counter_is_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(self.last)
