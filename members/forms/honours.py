"""What is typed about honours."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from core.forms import AttachmentsField
from members.forms.fields import DayField, StaffNosField
from members.models import Honour
from members.services.honours import FIELDS


class HonourForm(HouseForm):
    """Union staff: from the document, with everybody who shares it."""

    awarded_on = DayField(label=_("授予日期"), required=False)
    holders = StaffNosField(label=_("获奖人工号"), required=False)

    class Meta:
        model = Honour
        fields = (*FIELDS, "branch")


class DeclareForm(forms.ModelForm):
    """A member's own."""

    awarded_on = DayField(label=_("授予日期"), required=False)
    papers = AttachmentsField(label=_("证书照片或扫描件"), required=False, most=3)

    class Meta:
        model = Honour
        fields = FIELDS

    field_order = (*FIELDS, "papers")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("kind") == "branch":
            self.add_error("kind", _("分工会荣誉由校工会登记。"))
        return given


class CheckForm(forms.Form):
    do = forms.ChoiceField(
        label=_("处理"), choices=[("confirm", _("核实无误")), ("return", _("退回"))], widget=forms.RadioSelect
    )
    said = forms.CharField(label=_("退回原因"), max_length=200, required=False)
