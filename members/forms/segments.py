"""What staff type about kept selections, and about an act for all of one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from members.forms.life import PaperFields
from members.models import Branch, Segment

_DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class SegmentForm(HouseForm):
    """``query`` comes with the page of the list that is being kept."""

    query = forms.CharField(max_length=1000, widget=forms.HiddenInput, required=False)

    class Meta:
        model = Segment
        fields = ("name", "description", "is_shared")


class TransferAllForm(PaperFields):
    branch = forms.ModelChoiceField(label=_("现分工会"), queryset=Branch.objects.none())
    on = forms.DateField(label=_("自"), widget=_DATE, help_text=_("在现分工会的第一天。"))
    seen = forms.CharField(max_length=32, widget=forms.HiddenInput)
    field_order = ("branch", "on")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["approved_by"]
        self.fields["branch"].queryset = Branch.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def show(self, seen: str) -> None:
        """The next submit means the people that this page shows now."""
        typed = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = seen
        self.data = typed
