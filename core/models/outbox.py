"""Work for Celery, written in the business transaction (TRUST.md 2.3), and the runs of periodic jobs (2.5)."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One piece of work: a handler's name and the ids it takes. Delivered at least once, one worker at a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("任务"), max_length=100)
    args = models.JSONField(_("参数"), default=dict)
    created_at = models.DateTimeField(_("写入时间"), db_default=Now())
    due_at = models.DateTimeField(_("下次投递"), db_default=Now())
    published = models.PositiveIntegerField(_("投递次数"), default=0)
    published_at = models.DateTimeField(_("最近投递"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("执行次数"), default=0)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    parked_at = models.DateTimeField(_("搁置时间"), null=True, blank=True)
    last_error = models.CharField(_("最近错误"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("待办消息")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="outbox_done_or_parked", condition=Q(done_at__isnull=True) | Q(parked_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                name="outbox_waiting", fields=["due_at"], condition=Q(done_at__isnull=True, parked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class JobRun(models.Model):
    """One run of a periodic job for one period, e.g. ("notices.send_due", "2022-05-20"): unique, so never two."""

    job = models.CharField(_("任务"), max_length=100)
    period = models.CharField(_("周期"), max_length=40)
    started_at = models.DateTimeField(_("开始时间"), db_default=Now())
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("定时任务记录")
        ordering = ["-started_at"]
        constraints = [models.UniqueConstraint(name="job_once_per_period", fields=["job", "period"])]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"
