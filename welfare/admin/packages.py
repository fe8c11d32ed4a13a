"""What a run offers to choose from, kept by union staff."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import KeysetAdmin, Menu
from core.admin.acts import act_page
from core.forms import EmptyForm
from core.money import grouped
from core.requests import SignedInRequest
from welfare.handout_forms import OfferForm, PackageForm
from welfare.models import Package, PackageOffer
from welfare.services import choosing, packages


@admin.register(Package)
class PackageAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 28, "inventory_2"
    form = PackageForm
    headers = (_("发放"), _("套餐"), _("采购单价（元）"), _("数量"), _("已选"), _("默认"))
    number_columns = frozenset({2, 3, 4})
    unit = _("个")
    empty = _("还没有套餐。")
    fields = ("benefit", ("name", "spec"), ("price", "stock"), "is_default")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("benefit", "taken") if obj else ()

    def get_fields(self, request: HttpRequest, obj=None):
        return (*self.fields, "taken") if obj else self.fields

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("benefit")

    def row_of(self, row: Package, request: SignedInRequest) -> list[Any]:
        stock = _("不限") if row.stock is None else row.stock
        return [row.benefit, row.name, grouped(row.price), stock, row.taken, _("是") if row.is_default else ""]

    def save(self, request: SignedInRequest, form, change: bool) -> Package:
        package = form.instance if change else None
        return packages.keep_package(package=package, values=form.cleaned_data, actor=request.user, at=request.at)


@admin.register(PackageOffer)
class PackageOfferAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 29, "event_available"
    form = OfferForm
    headers = (_("发放"), _("选择截止时间"), _("领取点"), _("默认套餐"))
    unit = _("次")
    empty = _("还没有可以选套餐的发放。")
    change_form_template = "admin/welfare/offer.html"
    fields = ("benefit", "closes_at", "points")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("benefit",) if obj else ()

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("benefit")

    def row_of(self, row: PackageOffer, request: SignedInRequest) -> list[Any]:
        given = _("已分配") if row.assigned_at else ""
        return [row.benefit, f"{localtime(row.closes_at):%Y-%m-%d %H:%M}", len(row.places) or _("本分工会"), given]

    def save(self, request: SignedInRequest, form, change: bool) -> PackageOffer:
        offer = form.instance if change else None
        return packages.keep_offer(offer=offer, values=form.cleaned_data, actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:pk>/assign/", wrap(self.assign), name="welfare_packageoffer_assign"), *super().get_urls()]

    def assign(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Give the default package to whoever did not choose."""
        if not request.user.has_perm("welfare.offer_packages"):
            raise PermissionDenied
        offer = get_object_or_404(PackageOffer.objects.select_related("benefit"), pk=pk)

        def act(given: dict) -> str:
            people = choosing.assign_defaults(offer=offer, actor=request.user, at=request.at)
            return gettext("已为 %(people)s 人分配默认套餐。") % {"people": people}

        return act_page(
            request,
            name="welfare.packageoffer.assign",
            title=gettext("%(run)s：分配默认套餐") % {"run": offer.benefit},
            explain=gettext("截止后没有选择的人按默认套餐发放；再次办理只补新列入名单的人。"),
            form=EmptyForm(request.POST or None),
            act=act,
            back=reverse("admin:welfare_packageoffer_change", args=[pk]),
            button=gettext("分配"),
            context=self.admin_site.each_context(request),
        )
