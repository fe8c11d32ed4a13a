"""What was bought for a run, and from whom: the share of assistance areas in a year's purchases is counted here."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finance.models.fields import actor, money
from welfare.models.benefits import Benefit
from welfare.models.packages import Package
from welfare.querysets import PurchaseQuerySet, SupplierQuerySet


class Supplier(models.Model):
    """``area`` is the assistance area (脱贫地区) that its goods come from; empty: none.

    ``phone`` is the firm's own: nobody's mobile number is kept.
    """

    name = models.CharField(_("供货商"), max_length=80)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    area = models.CharField(_("帮扶地区（产地）"), max_length=60, blank=True)
    contact = models.CharField(_("联系人"), max_length=30, blank=True)
    phone = models.CharField(_("单位电话"), max_length=20, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    is_active = models.BooleanField(_("使用中"), default=True)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("供货商")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(name="supplier_named", condition=~Q(name="")),
            models.UniqueConstraint(name="supplier_once", fields=["name"]),
            models.UniqueConstraint(name="supplier_code_once", fields=["credit_code"], condition=~Q(credit_code="")),
        ]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """So many of one thing for one run, yuan. ``package`` None: of a run that offers nothing to choose.

    ``area`` is where it came from on that day, whatever the supplier's row says later; empty: no assistance area.
    ``by_platform``: through 脱贫地区农副产品网络销售平台 (832 平台). What was typed wrongly is cancelled
    with the reason and recorded anew: the database lets nobody change a figure (migration 0007).
    """

    benefit = models.ForeignKey(Benefit, models.PROTECT, verbose_name=_("发放"), related_name="purchases")
    package = models.ForeignKey(
        Package, models.PROTECT, verbose_name=_("套餐"), null=True, blank=True, related_name="purchases"
    )
    supplier = models.ForeignKey(Supplier, models.PROTECT, verbose_name=_("供货商"), related_name="purchases")
    what = models.CharField(_("物品/规格"), max_length=200)
    quantity = models.PositiveIntegerField(_("数量"))
    price = money(_("采购单价（元）"))
    amount = money(_("金额（元）"))
    area = models.CharField(_("帮扶地区（产地）"), max_length=60, blank=True)
    by_platform = models.BooleanField(_("经 832 平台采购"), default=False)
    bought_on = models.DateField(_("采购日期"))
    made_by = actor(_("登记人"))
    made_at = models.DateTimeField(_("登记时间"))
    cancelled_by = actor(_("作废人"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    said = models.CharField(_("作废原因"), max_length=200, blank=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("采购记录")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="purchase_of_something", condition=Q(quantity__gt=0, price__gt=0) & ~Q(what="")
            ),
            models.CheckConstraint(name="purchase_amount_adds_up", condition=Q(amount=F("quantity") * F("price"))),
            models.CheckConstraint(  # what is sold there comes from an assistance area
                name="purchase_platform_has_area", condition=Q(by_platform=False) | ~Q(area="")
            ),
            models.CheckConstraint(
                name="purchase_cancelled_whole",
                condition=Q(cancelled_by__isnull=True, cancelled_at__isnull=True, said="")
                | Q(cancelled_by__isnull=False, cancelled_at__isnull=False) & ~Q(said=""),
            ),
        ]
        indexes = [models.Index(name="purchase_by_day", fields=["bought_on"])]

    def __str__(self) -> str:
        return f"{self.what}×{self.quantity}"
