"""Two members paired for a time: 师徒, 青蓝工程, 丁香妈妈, 结对帮扶."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.enums import PairingKind
from members.models.people import Member, period_of_days
from members.querysets.people import PairingQuerySet


class Pairing(models.Model):
    """``lead`` (master, helper) and ``partner`` over ``[from_on, until_on)``; completed ones have a certificate."""

    kind = models.CharField(_("类别"), max_length=8, choices=PairingKind.choices)
    lead = models.ForeignKey(Member, models.PROTECT, verbose_name=_("师傅（帮扶方）"), related_name="pairings_led")
    partner = models.ForeignKey(Member, models.PROTECT, verbose_name=_("徒弟（受帮方）"), related_name="pairings")
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"))
    agreement = models.TextField(_("协议内容"), max_length=2000)
    document = models.CharField(_("文号"), max_length=60, blank=True)
    ended_why = models.CharField(_("提前结束的原因"), max_length=200, blank=True)
    completed_on = models.DateField(_("出师（结业）日期"), null=True, blank=True)
    certificate_no = models.CharField(_("证书编号"), max_length=30, blank=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("结对")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="pairing_kind_known", condition=Q(kind__in=PairingKind.values)),
            models.CheckConstraint(name="pairing_of_two", condition=~Q(lead=F("partner"))),
            models.CheckConstraint(name="pairing_period_in_order", condition=Q(until_on__gt=F("from_on"))),
            models.CheckConstraint(
                name="pairing_completed_with_certificate",
                condition=Q(completed_on__isnull=True, certificate_no="")
                | Q(completed_on__isnull=False) & ~Q(certificate_no=""),
            ),
            models.UniqueConstraint(
                name="pairing_certificate_once", fields=["certificate_no"], condition=~Q(certificate_no="")
            ),
            ExclusionConstraint(
                name="pairing_same_two_once_at_a_time",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("lead", RangeOperators.EQUAL),
                    ("partner", RangeOperators.EQUAL),
                    (period_of_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_on}"


class PairingReview(models.Model):
    """What was noted of one year of a pairing; never edited."""

    append_only = True

    pairing = models.ForeignKey(Pairing, models.PROTECT, verbose_name=_("结对"), related_name="reviews")
    year = models.PositiveSmallIntegerField(_("年度"))
    note = models.CharField(_("年度考核意见"), max_length=500)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("记录人"), related_name="+")
    noted_at = models.DateTimeField(_("记录时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("结对年度考核")
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(name="pairing_review_once_a_year", fields=["pairing", "year"]),
        ]

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.year}"
