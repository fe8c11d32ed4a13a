"""Lists that leave the house as a file: who asked for what and why, and whose data it held."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import ExportFormat, ExportState
from core.models.attachments import Attachment
from core.models.users import User


class ExportJob(models.Model):
    """One export: asked for with a reason, made by a worker, kept for a few days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("种类"), max_length=100)
    parameters = models.JSONField(_("范围"), default=dict)
    columns = ArrayField(models.CharField(max_length=50), verbose_name=_("列"))
    format = models.CharField(_("格式"), max_length=4, choices=ExportFormat.choices, default=ExportFormat.XLSX)
    reason = models.CharField(_("用途"), max_length=200)
    requested_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("申请人"), related_name="+")
    requested_at = models.DateTimeField(_("申请时间"))
    state = models.CharField(_("状态"), max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    rows_done = models.PositiveIntegerField(_("已完成行数"), default=0)
    rows_total = models.PositiveIntegerField(_("总行数"), default=0)
    refusal = models.CharField(_("未完成原因"), max_length=50, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("保留至"), null=True, blank=True)
    result = models.OneToOneField(
        Attachment, models.SET_NULL, verbose_name=_("文件"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("导出")
        ordering = ["-requested_at", "id"]
        constraints = [
            models.CheckConstraint(name="export_state_known", condition=Q(state__in=ExportState.values)),
            models.CheckConstraint(name="export_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="export_finished_when_over",
                condition=Q(state__in=(ExportState.WAITING, ExportState.RUNNING), finished_at__isnull=True)
                | Q(state__in=(ExportState.DONE, ExportState.FAILED, ExportState.EXPIRED), finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="export_file_only_when_done", condition=Q(result__isnull=True) | Q(state=ExportState.DONE)
            ),
            models.CheckConstraint(
                name="export_expires_after_it_is_made",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("finished_at")),
            ),
        ]
        indexes = [models.Index(name="export_by_person", fields=["requested_by", "requested_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class ExportedPeople(models.Model):
    """Members whose data an export held, many ids in one row: "who looked at my data" asks by one of them."""

    append_only = True

    job = models.ForeignKey(ExportJob, models.PROTECT, verbose_name=_("导出"), related_name="people")
    members = ArrayField(models.BigIntegerField(), verbose_name=_("会员"))

    class Meta:
        verbose_name = verbose_name_plural = _("导出涉及的会员")
        indexes = [GinIndex(name="exported_people_by_member", fields=["members"])]

    def __str__(self) -> str:
        return f"{self.job_id}: {len(self.members)}"
