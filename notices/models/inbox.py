"""What a person finds in the portal, and what he does not want to be sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.enums import Channel
from notices.models.announcements import Announcement
from notices.models.reminders import Delivery, one_person
from notices.models.rules import ReminderRule
from notices.querysets import InboxQuerySet, PreferenceQuerySet


class InboxMessage(models.Model):
    """A message in the portal, in the words that were sent. A member without an account finds it once he has one."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name=_("会员"), null=True, related_name="inbox_messages"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("账号"), null=True, related_name="inbox_messages"
    )
    delivery = models.OneToOneField(
        Delivery, models.PROTECT, verbose_name=_("送达记录"), null=True, related_name="inbox_message"
    )
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, verbose_name=_("通知公告"), null=True, related_name="inbox_messages"
    )
    subject = models.CharField(_("标题"), max_length=250)
    body = models.TextField(_("正文"))
    created_at = models.DateTimeField(_("收到时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    # Of the work that said it (core/telling.py): done twice, it is still one message.
    key = models.UUIDField(null=True, unique=True, editable=False)

    objects = InboxQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("站内消息")
        ordering = ["-created_at", "-pk"]
        constraints = [
            one_person("inbox_message_to_one_person"),
            # Told twice, it is still one message to each.
            models.UniqueConstraint(
                name="inbox_announcement_once",
                fields=["announcement", "member", "user"],
                condition=Q(announcement__isnull=False),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(name="inbox_by_member", fields=["member", "-created_at", "-id"]),
            models.Index(name="inbox_by_user", fields=["user", "-created_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticePreference(models.Model):
    """ "Not this": a rule, a channel, or a rule by a channel that a person has switched off. On again: no row."""

    member = models.ForeignKey(
        "members.Member", models.PROTECT, verbose_name=_("会员"), null=True, related_name="notice_preferences"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("账号"),
        null=True,
        related_name="notice_preferences",
    )
    rule = models.ForeignKey(
        ReminderRule, models.CASCADE, verbose_name=_("规则"), null=True, related_name="preferences"
    )
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices, blank=True)
    created_at = models.DateTimeField(_("关闭时间"))

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知设置")
        constraints = [
            one_person("notice_preference_of_one_person"),
            models.CheckConstraint(
                name="notice_preference_channel_known", condition=Q(channel__in=["", *Channel.values])
            ),
            models.CheckConstraint(
                name="notice_preference_says_what", condition=Q(rule__isnull=False) | ~Q(channel="")
            ),
            models.UniqueConstraint(
                name="notice_preference_once",
                fields=["member", "user", "rule", "channel"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id or ''} {self.channel}"
