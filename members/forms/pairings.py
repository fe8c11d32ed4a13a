"""What union staff type about pairings and training."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from members.forms.fields import DayField, StaffNoField, StaffNosField
from members.models import Pairing, TrainingRecord


class PairingForm(HouseForm):
    lead_no = StaffNoField(label=_("师傅（帮扶方）工号"))
    partner_no = StaffNoField(label=_("徒弟（受帮方）工号"))
    from_on = DayField(label=_("开始"))
    to_on = DayField(label=_("结束（含）"))

    class Meta:
        model = Pairing
        fields = ("kind", "agreement", "document")

    field_order = ("kind", "lead_no", "partner_no", "from_on", "to_on", "agreement", "document")


class ReviewForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=1949, max_value=2999)
    note = forms.CharField(label=_("年度考核意见"), max_length=500, widget=forms.Textarea({"rows": 4}))


class CompleteForm(forms.Form):
    on = DayField(label=_("出师（结业）日期"))


class EndPairingForm(forms.Form):
    on = DayField(label=_("最后一天"))
    reason = forms.CharField(label=_("提前结束的原因"), max_length=200)


class TrainingForm(HouseForm):
    people = StaffNosField(label=_("参加人工号"))
    from_on = DayField(label=_("开始"))
    to_on = DayField(label=_("结束"))

    class Meta:
        model = TrainingRecord
        fields = ("course", "organiser", "from_on", "to_on", "hours", "certificate_no")

    field_order = ("people", "course", "organiser", "from_on", "to_on", "hours", "certificate_no")
