"""Announcements (通知公告): written by the union, published at a time, read and confirmed by people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from notices.enums import AnnouncementState, Readers
from notices.querysets import AnnouncementQuerySet


class NewsColumn(models.Model):
    """A column of the notice board (栏目)."""

    name = models.CharField(_("栏目"), max_length=20, unique=True)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("在用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("栏目")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Announcement(FSMModelMixin, models.Model):
    """A notice or a piece of news. A draft can be changed; what was published is withdrawn, never rewritten.

    It is seen from ``publish_at`` on (a later time: scheduled) until the end of ``expires_on``. ``told_at``: when the
    inbox messages were made.
    """

    column = models.ForeignKey(NewsColumn, models.PROTECT, verbose_name=_("栏目"), related_name="announcements")
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"), max_length=20_000)
    readers = models.CharField(_("发布范围"), max_length=10, choices=Readers.choices, default=Readers.MEMBERS)
    branches = models.ManyToManyField(
        "members.Branch", verbose_name=_("分工会"), blank=True, related_name="announcements"
    )
    is_public = models.BooleanField(_("校内外公开（不登录可看）"), default=False)
    needs_receipt = models.BooleanField(_("要求阅读回执"), default=False)
    publish_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    expires_on = models.DateField(_("有效至"), null=True, blank=True)
    pinned_until = models.DateField(_("置顶至"), null=True, blank=True)
    state = FSMField(
        _("状态"), max_length=10, choices=AnnouncementState.choices, default=AnnouncementState.DRAFT, protected=True
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("拟稿人"), related_name="+"
    )
    written_at = models.DateTimeField(_("拟稿时间"))
    told_at = models.DateTimeField(_("通知时间"), null=True, editable=False)
    withdrawn_because = models.CharField(_("撤回原因"), max_length=200, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知公告")
        ordering = ["-publish_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="announcement_state_known", condition=Q(state__in=AnnouncementState.values)),
            models.CheckConstraint(name="announcement_readers_known", condition=Q(readers__in=Readers.values)),
            models.CheckConstraint(
                name="announcement_published_is_dated",
                condition=Q(state=AnnouncementState.DRAFT) | Q(publish_at__isnull=False),
            ),
            models.CheckConstraint(
                name="announcement_withdrawn_says_why",
                condition=~Q(state=AnnouncementState.WITHDRAWN) | ~Q(withdrawn_because=""),
            ),
            models.CheckConstraint(  # what everybody may see is not for some
                name="announcement_public_is_for_all", condition=Q(is_public=False) | Q(readers=Readers.MEMBERS)
            ),
            models.CheckConstraint(
                name="announcement_told_when_due",
                condition=Q(told_at__isnull=True) | Q(told_at__gte=F("publish_at")),
            ),
        ]
        indexes = [
            models.Index(name="announcement_by_time", fields=["state", "-publish_at"]),
            models.Index(
                name="announcement_to_tell",
                fields=["publish_at"],
                condition=Q(state=AnnouncementState.PUBLISHED, told_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @transition(
        field=state,
        source=AnnouncementState.DRAFT,
        target=AnnouncementState.PUBLISHED,
        permission="notices.publish_announcement",
    )
    def publish(self) -> None:
        """From ``publish_at`` on its readers see it."""

    @transition(
        field=state,
        source=AnnouncementState.PUBLISHED,
        target=AnnouncementState.WITHDRAWN,
        permission="notices.publish_announcement",
    )
    def withdraw(self) -> None:
        """Nobody but the staff sees it any more; it stays on record."""


class Receipt(models.Model):
    """One person said that he has read one announcement."""

    announcement = models.ForeignKey(
        Announcement, models.PROTECT, verbose_name=_("通知公告"), related_name="receipts"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("账号"), related_name="+")
    confirmed_at = models.DateTimeField(_("阅读时间"))

    append_only = True

    class Meta:
        verbose_name = verbose_name_plural = _("阅读回执")
        ordering = ["-confirmed_at"]
        constraints = [models.UniqueConstraint(name="receipt_once", fields=["announcement", "user"])]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.user_id}"
