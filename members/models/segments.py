"""Choices of people that are kept by name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.querysets.segments import SegmentQuerySet


class Segment(models.Model):
    """常用名单: a filter of the roll under a name, its owner's or for all staff. Who is in it is found when asked.

    ``query`` is what stands in the list's address (``members.selection``), never a condition of the database.
    """

    name = models.CharField(_("名称"), max_length=60)
    description = models.CharField(_("说明"), max_length=200, blank=True)
    query = models.CharField(_("条件"), max_length=1000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("建立人"), related_name="+")
    is_shared = models.BooleanField(_("供全体干事使用"), default=False)
    changed_at = models.DateTimeField(_("修改时间"))

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常用名单")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="segment_name_once", fields=["owner", "name"], violation_error_message=_("您已有同名的名单。")
            ),
            models.CheckConstraint(name="segment_named", condition=~Q(name="")),
            models.CheckConstraint(name="segment_has_conditions", condition=~Q(query="")),
        ]

    def __str__(self) -> str:
        return self.name
