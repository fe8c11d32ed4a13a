"""Files that people hand in or that the system makes for one person (TRUST.md 2.9)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import FileKind
from core.models.users import User
from core.sealed import SealedField


class Attachment(models.Model):
    """One file, judged by its content, sealed at rest under a key of its own; ``core.attachments`` writes and reads.

    Its owner is named like an audit entry's target: "members.joinapplication" and the row's key. Without an owner
    only the person who uploaded it may read it, for a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("类型"), max_length=8, choices=FileKind.choices)
    name = models.CharField(_("文件名"), max_length=100)
    size = models.PositiveIntegerField(_("大小"))  # bytes
    sha256 = models.CharField(_("内容摘要"), max_length=64)
    content_key = SealedField(_("内容密钥"))
    sensitive = models.BooleanField(_("敏感材料"), default=False)
    subject = models.BigIntegerField(_("涉及会员"), null=True, blank=True)
    owner_type = models.CharField(_("所属对象类型"), max_length=100, blank=True)
    owner_id = models.CharField(_("所属对象编号"), max_length=64, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("上传人"), related_name="+")
    at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("附件")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(name="attachment_kind_known", condition=Q(kind__in=FileKind.values)),
            models.CheckConstraint(name="attachment_not_empty", condition=Q(size__gt=0) & ~Q(content_key="")),
            models.CheckConstraint(
                name="attachment_owner_whole",
                condition=Q(owner_type="", owner_id="") | (~Q(owner_type="") & ~Q(owner_id="")),
            ),
        ]
        indexes = [
            models.Index(name="attachment_by_owner", fields=["owner_type", "owner_id"]),
            models.Index(name="attachment_by_uploader", fields=["uploaded_by", "at"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where its sealed bytes lie in the store: random, nothing of the person's file name in it."""
        return path_of(self.id)


def path_of(attachment_id: uuid.UUID) -> str:
    return f"attachments/{attachment_id.hex[:2]}/{attachment_id.hex}"
