"""Heads of the 工会会计制度 (财会〔2021〕7号; REGULATIONS.md 8.1): reference data that the school may edit."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finance.enums import Side


class Account(models.Model):
    """One head, or a sub-head of ``parent``. Its side never changes; one that is no longer used is switched off.

    ``preset`` is the name under which it was shipped: a newer list does not bring back what was edited here.
    """

    code = models.CharField(_("科目编号"), max_length=12, unique=True)
    name = models.CharField(_("科目名称"), max_length=40)
    side = models.CharField(_("收支"), max_length=8, choices=Side.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("上级科目"), null=True, blank=True, related_name="children"
    )
    note = models.CharField(_("说明"), max_length=100, blank=True)
    is_active = models.BooleanField(_("使用中"), default=True)
    preset = models.CharField(max_length=60, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("会计科目")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="account_side_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(name="account_not_its_own_parent", condition=~Q(parent=F("pk"))),
            models.UniqueConstraint(
                name="account_named_once", fields=["parent", "side", "name"], nulls_distinct=False
            ),
            models.UniqueConstraint(name="account_shipped_once", fields=["preset"], condition=~Q(preset="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.full_name}"

    @property
    def full_name(self) -> str:
        """职工活动支出／文体活动."""
        return f"{self.parent.name}／{self.name}" if self.parent else self.name
