"""What an officer types at the table where a run is handed out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from welfare.enums import HandoutWay


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
