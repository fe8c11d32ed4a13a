"""What is typed about suppliers and purchases."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from welfare.enums import BenefitState
from welfare.models import Benefit, Package, Purchase, Supplier
from welfare.services.purchasing import FACTS


class SupplierForm(HouseForm):
    class Meta:
        model = Supplier
        fields = FACTS

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        if "area" in self.fields:
            self.fields["credit_code"].widget.attrs["autocomplete"] = "off"
            self.fields["area"].help_text = _("供应脱贫地区农副产品的填写产地，如“贵州省雷山县”；不是的留空。")
            self.fields["phone"].help_text = _("单位总机或客服电话，不登记个人手机号码。")


class PurchaseForm(HouseForm):
    class Meta:
        model = Purchase
        fields = ("benefit", "package", "supplier", "what", "quantity", "price", "area", "by_platform", "bought_on")

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        if "benefit" not in self.fields:  # a page that only shows
            return
        fields: dict[str, Any] = self.fields
        fields["benefit"].queryset = Benefit.objects.exclude(state=BenefitState.CANCELLED).order_by("-pk")
        fields["package"].queryset = Package.objects.select_related("benefit").order_by("-benefit", "pk")
        fields["package"].label_from_instance = lambda row: f"{row.benefit} {row.name}"
        fields["supplier"].queryset = Supplier.objects.filter(is_active=True)
        fields["what"].required = False
        fields["package"].help_text = _("这次发放有套餐的选套餐，没有的留空。")
        fields["what"].help_text = _("选了套餐的可留空。")
        fields["area"].help_text = _("留空为供货商登记的产地。")

    def _get_validation_exclusions(self) -> set[str]:
        """No constraint by its name: the service says in words what the database would refuse."""
        return {field.name for field in Purchase._meta.fields}
