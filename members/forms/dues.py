"""What people type about dues."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from core.admin import HouseForm
from members.enums import DuesWay
from members.models import DuesList, Member, PayBasis

_DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class MonthField(forms.CharField):
    """A month as the browser sends it, ``2022-05``; gives its first day."""

    widget = forms.TextInput({"type": "month", "placeholder": "2022-05"})

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or not 1949 <= int(text[:4]) <= 2999:
            raise forms.ValidationError(_("请填写年月，如 2022-05。"), code="invalid")
        return date(int(text[:4]), int(text[5:]), 1)


class DuesListForm(HouseForm):
    month = MonthField(label=_("月份"), help_text=_("以当月一日在册会员为准；保留会籍的不缴会费。"))

    class Meta:
        model = DuesList
        fields = ("month",)


class PayBasisForm(HouseForm):
    staff_no = forms.CharField(label=_("工号"), max_length=32)
    from_on = MonthField(label=_("自何月起"))

    class Meta:
        model = PayBasis
        fields = ("monthly", "source")

    field_order = ("staff_no", "monthly", "from_on", "source")

    def clean_staff_no(self) -> str:
        number = self.cleaned_data["staff_no"]
        self.member = Member.objects.filter(staff_no=number).first()
        if self.member is None:
            raise forms.ValidationError(_("没有工号为 %(number)s 的会员。"), params={"number": number})
        return number


class PayrollForm(forms.Form):
    """What payroll reports back: the day of the deduction, and whom it could not deduct."""

    paid_on = forms.DateField(label=_("扣款日期"), widget=_DATE)
    not_deducted = forms.CharField(
        label=_("未扣成的工号"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("用空格、逗号或换行分开；没有则留空。"),
    )

    def clean_not_deducted(self) -> list[str]:
        return sorted({number for number in re.split(r"[\s,，;；、]+", self.cleaned_data["not_deducted"]) if number})


class PaymentForm(forms.Form):
    way = forms.ChoiceField(
        label=_("方式"), choices=[choice for choice in DuesWay.choices if choice[0] != DuesWay.PAYROLL]
    )
    paid_on = forms.DateField(label=_("缴纳日期"), widget=_DATE)


class ReversalForm(forms.Form):
    reason = forms.CharField(label=_("冲销原因"), max_length=200)


class PayFileForm(forms.Form):
    file = forms.FileField(
        label=_("工资基数表"),
        widget=UnfoldAdminFileFieldWidget({"accept": ".xlsx,.csv"}),  # the admin's script expects no other
        help_text=_(".xlsx 或 .csv，表头须有“工号”和“缴费基数”，或“岗位工资”“薪级工资”两栏。"),
    )
    from_on = MonthField(label=_("自何月起"))
