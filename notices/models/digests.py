"""One mail per period instead of many, for whoever wants it so."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.enums import DeliveryState, Period
from notices.querysets import DigestQuerySet


class DigestChoice(models.Model):
    """This person's mails come together, once per period. Single mails again: no row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("账号"), related_name="digest_choice"
    )
    period = models.CharField(_("频率"), max_length=6, choices=Period.choices)
    created_at = models.DateTimeField(_("选择时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("摘要邮件设置")
        constraints = [models.CheckConstraint(name="digest_period_known", condition=Q(period__in=Period.values))]

    def __str__(self) -> str:
        return f"{self.user} {self.get_period_display()}"


class Digest(models.Model):
    """One digest mail. ``period_on`` is the first day of its period: unique, so that two runs never make two."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("账号"), related_name="digests")
    period_on = models.DateField(_("所属日期"))
    message_id = models.CharField(max_length=255, unique=True, editable=False)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    reason = models.CharField(_("原因"), max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    created_at = models.DateTimeField(_("生成时间"))
    claimed_at = models.DateTimeField(_("开始发送"), null=True, editable=False)
    next_try_at = models.DateTimeField(_("下次重试"), null=True, editable=False)
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("摘要邮件")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="digest_once_per_period", fields=["user", "period_on"]),
            models.CheckConstraint(name="digest_state_known", condition=Q(state__in=DeliveryState.values)),
            models.CheckConstraint(
                name="digest_sent_is_dated",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="digest_not_sent_has_reason",
                condition=~Q(state__in=[DeliveryState.FAILED, DeliveryState.SKIPPED]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.period_on:%Y-%m-%d}"
