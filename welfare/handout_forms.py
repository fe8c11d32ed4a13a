"""What is typed about packages, their choice and the hand-out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from welfare.enums import BenefitState, HandoutWay
from welfare.models import Benefit, Package, PackageOffer


class ProxyForm(forms.Form):
    """Who fetches it for him; both or none."""

    proxy = forms.CharField(label=_("代领人"), max_length=30, required=False, help_text=_("本人领取不填。"))
    relation = forms.CharField(label=_("与本人关系"), max_length=20, required=False)

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class GiveForm(ProxyForm):
    """``who``: a staff number, or what a member code says."""

    who = forms.CharField(label=_("工号或会员码"), max_length=64)
    way = forms.ChoiceField(choices=HandoutWay.choices, required=False)
    device = forms.UUIDField(required=False)

    def clean_way(self) -> HandoutWay:
        return HandoutWay(self.cleaned_data["way"] or HandoutWay.TYPED)


class ReverseForm(forms.Form):
    reason = forms.CharField(label=_("撤销原因"), max_length=200)


def open_runs():
    """Runs whose people may still choose."""
    over = (BenefitState.SETTLED, BenefitState.CANCELLED)
    return Benefit.objects.exclude(state__in=over).order_by("-pk")


class PackageForm(HouseForm):
    class Meta:
        model = Package
        fields = ("benefit", "name", "spec", "price", "stock", "is_default")

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        if "benefit" in self.fields:
            self.fields["benefit"].queryset = open_runs()  # type: ignore[attr-defined]
        if "stock" in self.fields:
            self.fields["stock"].help_text = _("留空为不限数量。")
            self.fields["is_default"].help_text = _("没有选择的人按默认套餐发放；不限数量，每次发放一个。")


class OfferForm(HouseForm):
    class Meta:
        model = PackageOffer
        fields = ("benefit", "closes_at", "points")

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        if "benefit" in self.fields:
            self.fields["benefit"].queryset = open_runs()  # type: ignore[attr-defined]
        if "points" in self.fields:
            self.fields["points"].help_text = _("每行一个，如“南校区工会活动室”；留空为在本分工会领取。")


class ChoiceForm(forms.Form):
    """One of the packages, and where to fetch it."""

    package = forms.ModelChoiceField(
        Package.objects.none(), label=_("套餐"), empty_label=None, widget=forms.RadioSelect
    )
    point = forms.ChoiceField(label=_("领取点"), required=False)

    def __init__(self, *given, offer: PackageOffer, **named) -> None:
        super().__init__(*given, **named)
        packages = Package.objects.filter(benefit=offer.benefit_id)
        self.fields["package"].queryset = packages  # type: ignore[attr-defined]
        if offer.places:
            self.fields["point"].choices = [(place, place) for place in offer.places]  # type: ignore[attr-defined]
            self.fields["point"].required = True
        else:
            del self.fields["point"]
