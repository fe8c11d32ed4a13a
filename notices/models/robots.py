"""Group robots of chat services, and what was posted by them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.sealed import SealedField
from notices.enums import DeliveryState, RobotKind
from notices.querysets import RobotPostQuerySet, RobotQuerySet


class Robot(models.Model):
    """A robot in a group of a chat service. Its address contains its key and is sealed, like the signing secret."""

    name = models.CharField(_("名称"), max_length=60, unique=True)
    kind = models.CharField(_("类型"), max_length=8, choices=RobotKind.choices)
    host = models.CharField(_("服务器"), max_length=100, editable=False)
    url = SealedField(_("地址"))
    secret = SealedField(_("加签密钥"))
    is_active = models.BooleanField(_("启用"), default=True)

    objects = RobotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("群机器人")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="robot_kind_known", condition=Q(kind__in=RobotKind.values)),
        ]

    def __str__(self) -> str:
        return self.name


class RobotPost(models.Model):
    """One message to one group, at most once: marked, then sent (TRUST.md 2.6). ``key`` names its occasion.

    Found in ``sending`` after a crash it is ``failed (unknown)`` and goes again by hand only.
    """

    robot = models.ForeignKey(Robot, models.PROTECT, verbose_name=_("群机器人"), related_name="posts")
    key = models.CharField(max_length=80, editable=False)
    due_on = models.DateField(_("日期"))
    subject = models.CharField(_("标题"), max_length=250)
    body = models.TextField(_("正文"))
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    reason = models.CharField(_("原因"), max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    created_at = models.DateTimeField(_("生成时间"))
    claimed_at = models.DateTimeField(_("开始发送"), null=True, editable=False)
    next_try_at = models.DateTimeField(_("下次重试"), null=True, editable=False)
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    objects = RobotPostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("群消息")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="robot_post_once", fields=["robot", "key"]),
            models.CheckConstraint(name="robot_post_state_known", condition=Q(state__in=DeliveryState.values)),
            models.CheckConstraint(
                name="robot_post_sent_is_dated",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="robot_post_sending_is_claimed",
                condition=~Q(state=DeliveryState.SENDING) | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="robot_post_not_sent_has_reason",
                condition=~Q(state__in=[DeliveryState.FAILED, DeliveryState.SKIPPED]) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                name="robot_post_open",
                fields=["id"],
                condition=Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.FAILED]),
            ),
            models.Index(name="robot_post_by_claim", fields=["robot", "claimed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.robot} {self.subject}"
