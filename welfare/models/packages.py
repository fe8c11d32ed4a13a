"""What a run's people may choose from: packages with their stock, pick-up points, and each one's choice."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finance.models.fields import actor, money
from welfare.enums import BenefitState
from welfare.models.benefits import Benefit
from welfare.models.entitlements import Entitlement
from welfare.querysets import PackageOfferQuerySet, PackageQuerySet

CHOSEN_IN = (BenefitState.FROZEN, BenefitState.APPROVED, BenefitState.HANDING_OUT)


class PackageOffer(models.Model):
    """Until when a run's people choose, and where they fetch it: a pick-up point a line; none: at the branch."""

    benefit = models.OneToOneField(Benefit, models.PROTECT, verbose_name=_("发放"), related_name="offer")
    closes_at = models.DateTimeField(_("选择截止时间"))
    points = models.TextField(_("领取点"), max_length=1000, blank=True)
    made_by = actor(_("设定人"))
    assigned_at = models.DateTimeField(_("默认套餐分配时间"), null=True, blank=True)

    objects = PackageOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("套餐选择")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.benefit}套餐选择"

    @property
    def places(self) -> list[str]:
        return [line.strip() for line in self.points.splitlines() if line.strip()]


class Package(models.Model):
    """One thing to choose. ``price`` is the supplier's, yuan, at most the run's amount a head.

    ``stock`` None: as many as people want. ``taken`` counts choices; the database lets it never pass ``stock``.
    """

    benefit = models.ForeignKey(Benefit, models.PROTECT, verbose_name=_("发放"), related_name="packages")
    name = models.CharField(_("套餐"), max_length=40)
    spec = models.CharField(_("内容/规格"), max_length=200, blank=True)
    price = money(_("采购单价（元）"))
    stock = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    taken = models.PositiveIntegerField(_("已选"), default=0, editable=False)
    is_default = models.BooleanField(_("默认套餐"), default=False)

    objects = PackageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("套餐")
        ordering = ["benefit", "pk"]
        constraints = [
            models.CheckConstraint(name="package_named", condition=~Q(name="")),
            models.CheckConstraint(name="package_costs_something", condition=Q(price__gt=0)),
            models.CheckConstraint(
                name="package_never_oversold", condition=Q(stock__isnull=True) | Q(taken__lte=F("stock"))
            ),
            models.CheckConstraint(  # whoever has not chosen has it
                name="package_default_has_no_end", condition=Q(is_default=False) | Q(stock__isnull=True)
            ),
            models.UniqueConstraint(name="package_once", fields=["benefit", "name"]),
            models.UniqueConstraint(name="package_one_default", fields=["benefit"], condition=Q(is_default=True)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int | None:
        return None if self.stock is None else self.stock - self.taken


class PackageChoice(models.Model):
    """What one person of the list has; ``by_default``: he did not choose in time."""

    entitlement = models.OneToOneField(Entitlement, models.PROTECT, verbose_name=_("发放名单"), related_name="choice")
    package = models.ForeignKey(Package, models.PROTECT, verbose_name=_("套餐"), related_name="choices")
    point = models.CharField(_("领取点"), max_length=60, blank=True)
    by_default = models.BooleanField(_("默认"), default=False)
    at = models.DateTimeField(_("选择时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("套餐选择记录")

    def __str__(self) -> str:
        return f"{self.entitlement_id}:{self.package_id}"
