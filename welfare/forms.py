"""What people type about benefit runs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from finance.enums import Side, YearState
from finance.models import BudgetLine
from members.forms.fields import StaffNoField
from members.models import Branch
from welfare.enums import ExceptionKind
from welfare.models import Benefit
from welfare.services.drafting import FACTS


def open_lines():
    """Spending lines of years that are not closed."""
    lines = BudgetLine.objects.named().filter(side=Side.SPENDING).exclude(year__state=YearState.CLOSED)
    return lines.order_by("-year__year", "account__code", "pk")


class BenefitForm(HouseForm):
    """A run before its list is frozen."""

    class Meta:
        model = Benefit
        fields = FACTS

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        if "occasion" not in self.fields:  # a page that only shows
            return
        self.fields["name"].required = self.fields["year"].required = False
        self.fields["name"].help_text = _("留空则按事由命名，如“春节慰问”。")
        self.fields["year"].help_text = _("计入哪一年的标准；留空为截止日所在年。")
        self.fields["eligible_on"].help_text = _("当日在册的会员享受；生日福利留空。")
        self.fields["month"].help_text = _("生日福利只发某月的填 1 至 12，全年的留空。")
        self.fields["leaves_out"].help_text = _("不勾选时，只要有一人超过禁止性标准就不能定名单。")
        lines: Any = self.fields["line"]
        lines.queryset = open_lines()
        lines.help_text = _("批准时从这项预算占用；可以在批准前再选。")

    def clean_month(self) -> int | None:
        month = self.cleaned_data["month"]
        if month is not None and not 1 <= month <= 12:
            raise forms.ValidationError(_("月份为 1 至 12。"))
        return month

    def clean_year(self) -> int | None:
        year = self.cleaned_data["year"]
        if year is not None and not 2000 <= year <= 2099:
            raise forms.ValidationError(_("年度为 2000 至 2099。"))
        return year

    def _get_validation_exclusions(self) -> set[str]:
        """No constraint by its name: the service says in words what the database would refuse."""
        return {field.name for field in Benefit._meta.fields}


class LineForm(forms.Form):
    line = forms.ModelChoiceField(label=_("预算"), queryset=BudgetLine.objects.none())

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        self.fields["line"].queryset = open_lines()  # type: ignore[attr-defined]


class FetchForm(forms.Form):
    """Until when it is fetched."""

    fetch_until_on = forms.DateField(
        label=_("领取截止日"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("届时仍未领取的会员和所在分工会负责人会收到提醒；留空不提醒。"),
    )


class SettleForm(forms.Form):
    """What has become of those who are still listed."""

    rest = forms.ChoiceField(
        label=_("名单上仍“待领取”的人"),
        choices=[("written_off", _("没有领取，核销")), ("received", _("已在纸质签领表上签领，登记为已领取"))],
        initial="written_off",
    )
    reason = forms.CharField(
        label=_("核销原因"),
        max_length=200,
        required=False,
        help_text=_("核销须说明，如“逾期未领，退回供货商”；能转给他人的，先在“提出名单例外”中办理。"),
    )


class ExceptionForm(forms.Form):
    """Who is added to, taken off or moved on a frozen list, or whose share is passed on."""

    kind = forms.ChoiceField(label=_("例外"), choices=ExceptionKind.choices)
    member = StaffNoField()
    branch = forms.ModelChoiceField(
        label=_("分工会"),
        queryset=Branch.objects.none(),
        required=False,
        help_text=_("补列到哪个、改到哪个分工会，余物转到哪个分工会；撤出不填。"),
    )
    heir = StaffNoField(
        label=_("转给（工号）"),
        required=False,
        help_text=_("仅“余物转给他人”填写：没有领取的一份转给不在名单上的另一位会员。"),
    )
    reason = forms.CharField(
        label=_("原因"), max_length=200, help_text=_("如：截止日前入会漏登；已去世；调入本分工会；逾期未领。")
    )

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        branches = Branch.objects.filter(is_active=True).order_by("position", "pk")
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    do = forms.ChoiceField(
        label=_("处理"),
        choices=[("approve", _("批准，名单随之更改")), ("reject", _("不予批准"))],
        initial="approve",
    )
    reason = forms.CharField(label=_("不予批准的原因"), max_length=200, required=False)
