"""Reminders are rows before they are messages (DESIGN.md, decision 7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.enums import Channel, DeliveryState, Reason
from notices.models.digests import Digest
from notices.models.rules import ReminderRule
from notices.querysets import DeliveryQuerySet, ReminderQuerySet


def one_person(name: str) -> models.CheckConstraint:
    """The row belongs to a member or to an account, never to both or to nobody."""
    return models.CheckConstraint(
        name=name,
        condition=Q(member__isnull=False, user__isnull=True) | Q(member__isnull=True, user__isnull=False),
    )


class Reminder(models.Model):
    """One occasion of one person under one rule, once per occasion year, whatever runs how often.

    The recipient of a members' rule is the member record (he may have no account), that of a staff rule the account
    (he may be no member). ``occasion_year`` is the year of the birthday or festival, not that of the run.
    ``occasion_key`` tells several occasions of one year apart: a matter, a month, the n-th repetition; "" where a
    year has one. ``about`` is the matter in words: a name and a unit at most (class C1).
    """

    rule = models.ForeignKey(ReminderRule, models.PROTECT, verbose_name=_("规则"), related_name="reminders")
    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name=_("会员"), null=True, blank=True, related_name="reminders"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("账号"),
        null=True,
        blank=True,
        related_name="reminders",
    )
    occasion_year = models.PositiveSmallIntegerField(_("年度"))
    occasion_key = models.CharField(_("事项编号"), max_length=80, blank=True, default="", db_default="")
    about = models.CharField(_("事项"), max_length=120, blank=True, default="", db_default="")
    occasion_on = models.DateField(_("日子"))
    due_on = models.DateField(_("应提醒日"), db_index=True)
    created_at = models.DateTimeField(_("生成时间"))

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("提醒")
        ordering = ["-due_on", "-pk"]
        constraints = [
            one_person("reminder_for_one_person"),
            models.UniqueConstraint(
                name="reminder_once_per_occasion",
                fields=["rule", "occasion_year", "occasion_key", "member", "user"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.occasion_on:%Y-%m-%d}"

    @property
    def person(self):
        """The member or the account it is for."""
        return self.member or self.user


class Delivery(models.Model):
    """One reminder by one channel. ``message_id`` is fixed with the row: a mail sent again is the same mail."""

    reminder = models.ForeignKey(Reminder, models.PROTECT, verbose_name=_("提醒"), related_name="deliveries")
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    reason = models.CharField(_("原因"), max_length=20, blank=True)
    message_id = models.CharField(max_length=255, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    claimed_at = models.DateTimeField(_("开始发送"), null=True, editable=False)
    next_try_at = models.DateTimeField(_("下次重试"), null=True, editable=False)
    sent_at = models.DateTimeField(_("送达时间"), null=True)
    digest = models.ForeignKey(
        Digest, models.PROTECT, verbose_name=_("摘要邮件"), null=True, editable=False, related_name="deliveries"
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("送达记录")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="delivery_once_per_channel", fields=["reminder", "channel"]),
            models.UniqueConstraint(
                name="delivery_message_id_once", fields=["message_id"], condition=~Q(message_id="")
            ),
            models.CheckConstraint(name="delivery_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(name="delivery_state_known", condition=Q(state__in=DeliveryState.values)),
            models.CheckConstraint(
                name="delivery_mail_has_message_id",
                condition=~Q(channel=Channel.EMAIL) | ~Q(message_id=""),
            ),
            models.CheckConstraint(
                name="delivery_sent_is_dated",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_sending_is_claimed",
                condition=~Q(state=DeliveryState.SENDING) | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(  # nobody is left out without a word why
                name="delivery_not_sent_has_reason",
                condition=~Q(state__in=[DeliveryState.FAILED, DeliveryState.SKIPPED]) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="delivery_open",
                fields=["channel", "id"],
                condition=Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.FAILED]),
            ),
            models.Index(name="delivery_by_sent", fields=["sent_at"]),
            models.Index(
                name="delivery_for_digest",
                fields=["reminder"],
                condition=Q(state=DeliveryState.SKIPPED, reason=Reason.IN_DIGEST, digest__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reminder} {self.get_channel_display()}"
