"""The tree of the union: 校工会, 分工会, 工会小组."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.enums import BranchKind
from members.querysets.roll import BranchQuerySet


class Branch(models.Model):
    """A unit of the union. ``short_name`` is what people say and what reports print (纺织学院)."""

    name = models.CharField(_("全称"), max_length=60, unique=True)
    short_name = models.CharField(_("简称"), max_length=30, unique=True)
    kind = models.CharField(_("类型"), max_length=8, choices=BranchKind.choices, default=BranchKind.BRANCH)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("上级"), null=True, blank=True, related_name="children"
    )
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("在用"), default=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("分工会")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="branch_kind_known", condition=models.Q(kind__in=BranchKind.values)),
            models.CheckConstraint(name="branch_not_its_own_parent", condition=~models.Q(parent=models.F("pk"))),
        ]

    def __str__(self) -> str:
        return self.short_name


class BranchAlias(models.Model):
    """Another wording of a branch's name as rosters spell it; one wording means one branch."""

    name = models.CharField(_("别名"), max_length=60, unique=True)
    branch = models.ForeignKey(Branch, models.CASCADE, verbose_name=_("分工会"), related_name="aliases")

    class Meta:
        verbose_name = verbose_name_plural = _("分工会别名")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
