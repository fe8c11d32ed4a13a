"""The hand-out (福利领取): who gave it to whom and when, one row each, never rewritten."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from finance.models.fields import actor
from welfare.enums import HandoutWay
from welfare.models.entitlements import Entitlement
from welfare.querysets import HandoutQuerySet


class Handout(models.Model):
    """``by`` noted at ``at`` that the share was fetched; by ``proxy`` (with his relation) where not in person.

    ``key`` is the intent key of the form or of the entry in a phone's queue, ``device`` that phone's random number.
    The database lets nobody delete a row, or change it but once, from noted to reversed (migration 0004).
    """

    untracked = True  # what it was is told by its own columns, which nobody rewrites

    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, verbose_name=_("发放名单"), related_name="handouts", db_index=False
    )
    by = actor(_("经手人"))
    at = models.DateTimeField(_("领取时间"))
    way = models.CharField(_("方式"), max_length=8, choices=HandoutWay.choices)
    proxy = models.CharField(_("代领人"), max_length=30, blank=True, default="")
    relation = models.CharField(_("与本人关系"), max_length=20, blank=True, default="")
    key = models.UUIDField(_("提交键"))
    device = models.UUIDField(_("登记设备"), null=True, blank=True)
    reversed_by = actor(_("撤销人"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    said = models.CharField(_("撤销原因"), max_length=200, blank=True, default="")

    objects = HandoutQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("领取登记")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="handout_way_known", condition=Q(way__in=HandoutWay.values)),
            models.CheckConstraint(
                name="handout_proxy_has_relation", condition=Q(proxy="", relation="") | ~Q(proxy="") & ~Q(relation="")
            ),
            models.CheckConstraint(
                name="handout_reversal_is_whole",
                condition=Q(reversed_by__isnull=True, reversed_at__isnull=True, said="")
                | Q(reversed_by__isnull=False, reversed_at__isnull=False) & ~Q(said=""),
            ),
            models.UniqueConstraint(
                name="handout_once", fields=["entitlement"], condition=Q(reversed_at__isnull=True)
            ),
            models.UniqueConstraint(name="handout_key_once", fields=["by", "key"]),
        ]
        indexes = [models.Index(name="handout_of_entitlement", fields=["entitlement"])]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.at:%Y-%m-%d %H:%M}"
