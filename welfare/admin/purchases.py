"""Suppliers, what was bought from them, and the year's share of assistance areas."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import ActiveFilter, ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_on
from core.clock import local_date
from core.forms import ReasonForm
from core.money import grouped
from core.requests import SignedInRequest
from welfare.admin.filters import RunFilter
from welfare.assistance import year_share, years_with_purchases
from welfare.models import Purchase, Supplier
from welfare.purchase_forms import PurchaseForm, SupplierForm
from welfare.services import purchasing


@admin.register(Supplier)
class SupplierAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 41, "storefront"
    form = SupplierForm
    list_filter = (ActiveFilter,)
    search_fields = ("name",)
    search_help_text = _("名称或统一社会信用代码")
    headers = (_("供货商"), _("统一社会信用代码"), _("帮扶地区（产地）"), _("联系人"), _("单位电话"), _("状态"))
    unit = _("家")
    empty = _("还没有供货商。")
    fields = (("name", "credit_code"), "area", ("contact", "phone"), "note", "is_active")

    def get_queryset(self, request: HttpRequest):
        return Supplier.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(name__icontains=term) | Q(credit_code__istartswith=term)), False

    def row_of(self, row: Supplier, request: SignedInRequest) -> list[Any]:
        used = {"text": _("使用中"), "kind": "good"} if row.is_active else {"text": _("停用"), "kind": "quiet"}
        return [row.name, row.credit_code, row.area, row.contact, row.phone, used]

    def save(self, request: SignedInRequest, form, change: bool) -> Supplier:
        given = {name: form.cleaned_data[name] for name in purchasing.FACTS if name in form.cleaned_data}
        supplier = form.instance if change else None
        return purchasing.keep_supplier(supplier=supplier, values=given, actor=request.user, at=request.at)


class BoughtInFilter(ChoiceFilter):
    title, parameter_name, column = _("年度"), "year", "bought_on__year"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        return [(str(year), f"{year}年") for year in years_with_purchases()]


class AidFilter(ChoiceFilter):
    title, parameter_name = _("帮扶地区"), "aid"
    known = (("yes", _("帮扶地区")), ("platform", _("832 平台")), ("no", _("其他")))
    by = {"yes": ~Q(area=""), "platform": Q(by_platform=True), "no": Q(area="")}


class StandingFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "standing"
    known = (("yes", _("有效")), ("no", _("已作废")))
    by = {"yes": Q(cancelled_at__isnull=True), "no": Q(cancelled_at__isnull=False)}


@admin.register(Purchase)
class PurchaseAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 40, "shopping_cart"
    form = PurchaseForm
    change_list_template = "admin/welfare/purchase_list.html"
    change_form_outer_after_template = "admin/welfare/purchase_links.html"
    list_filter = (RunFilter, BoughtInFilter, AidFilter, StandingFilter)
    headers = (
        *(_("采购日期"), _("发放"), _("物品/规格"), _("供货商"), _("帮扶地区（产地）")),
        *(_("数量"), _("单价（元）"), _("金额（元）"), _("状态")),
    )
    number_columns = frozenset({5, 6, 7})
    unit = _("条")
    empty = _("没有符合条件的采购记录。")
    fields = (
        *("benefit", "package", "supplier", "what", ("quantity", "price")),
        *(("area", "by_platform"), "bought_on"),
    )
    told = ("amount", ("made_by", "made_at"), ("cancelled_by", "cancelled_at"), "said")

    def get_queryset(self, request: HttpRequest):
        return Purchase.objects.visible_to(request.user)

    def get_fields(self, request: HttpRequest, obj=None):
        return (*self.fields, *self.told) if obj else self.fields

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        run = request.GET.get("run", "")
        given = {"benefit": run} if run.isascii() and run.isdecimal() and len(run) < 19 else {}
        return {"bought_on": local_date(request.at), **given}  # type: ignore[attr-defined]

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("benefit", "supplier")

    def row_of(self, row: Purchase, request: SignedInRequest) -> list[Any]:
        where = f"{row.area}（832 平台）" if row.by_platform else row.area
        off = {"text": _("已作废"), "kind": "bad"} if row.cancelled_at else {"text": _("有效"), "kind": "good"}
        figures = [row.quantity, grouped(row.price), grouped(row.amount)]
        return [f"{row.bought_on:%Y-%m-%d}", str(row.benefit), row.what, row.supplier.name, where, *figures, off]

    def save(self, request: SignedInRequest, form, change: bool) -> Purchase:
        return purchasing.record_purchase(values=form.cleaned_data, actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("share/", wrap(self.share), name="welfare_purchase_share"),
            path("<int:pk>/cancel/", wrap(self.cancel), name="welfare_purchase_cancel"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        known = object_id.isdecimal() and len(object_id) < 19
        stands = known and Purchase.objects.standing().filter(pk=int(object_id)).exists()
        may = {"may_cancel": stands and request.user.has_perm("welfare.cancel_purchase")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **may})

    @method_decorator(require_safe)
    def share(self, request: SignedInRequest) -> HttpResponse:
        """消费帮扶: a year's figure, down to its purchases."""
        if not request.user.has_perm("welfare.view_purchase"):
            raise PermissionDenied
        today = local_date(request.at)
        known = sorted({today.year, *years_with_purchases()}, reverse=True)
        asked = request.GET.get("year", "")
        year = next((one for one in known if str(one) == asked), today.year)
        shown = {
            "title": _("消费帮扶占比"),
            "years": known,
            "found": year_share(year, today=today),
            "opts": self.opts,
        }
        context = {**self.admin_site.each_context(request), **shown}
        return TemplateResponse(request, "admin/welfare/purchase_share.html", context)

    def cancel(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """作废 what was typed wrongly."""
        if not request.user.has_perm("welfare.cancel_purchase"):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("benefit", "supplier"), pk=pk)

        def act(given: dict[str, Any]) -> str:
            purchasing.cancel_purchase(purchase=row, reason=given["reason"], actor=request.user, at=request.at)
            return gettext("已作废。")

        facts = {"what": row, "supplier": row.supplier, "amount": grouped(row.amount)}
        said = gettext("%(supplier)s，%(what)s，%(amount)s 元。作废后不再计入合计，记录保留；登记有误的请重新登记。")
        return act_on(
            self,
            request,
            row,
            act,
            name="welfare.purchase.cancel",
            title=gettext("作废采购记录：%(run)s") % {"run": row.benefit},
            explain=said % facts,
            form=ReasonForm(request.POST or None),
            button=gettext("作废"),
        )
