"""What people type about the union fund."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin import HouseForm
from finance.codes import Refusal
from finance.enums import YearState
from finance.models import Account, BudgetLine, FiscalYear


def _money(label: Any, **how: Any) -> forms.DecimalField:
    plain = forms.TextInput({"inputmode": "decimal"})
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, **{"widget": plain, **how})


class YearForm(HouseForm):
    """A new year."""

    class Meta:
        model = FiscalYear
        fields = ("year", "carried_over", "drawn")

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        if "drawn" in self.fields:  # a page that only shows has no fields, and needs no help
            self.fields["carried_over"].help_text = _("截至上年末结转本年的经费，没有则填 0。")
            self.fields["drawn"].help_text = _("本年预算动用其中多少，不超过上年结转。")


class LineForm(HouseForm):
    """A new line of a year that is not closed."""

    amount = _money(_("预算金额（元）"), min_value=0, widget=UnfoldAdminTextInputWidget({"inputmode": "decimal"}))
    document = forms.CharField(
        label=_("依据文件"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("执行中的年度新增预算必须填写。"),
    )

    class Meta:
        model = BudgetLine
        fields = ("year", "account", "branch", "project")

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        if "year" in self.fields:
            years = FiscalYear.objects.exclude(state=YearState.CLOSED)
            self.fields["year"].queryset = years  # type: ignore[attr-defined]
            heads = Account.objects.filter(is_active=True).select_related("parent").order_by("code")
            self.fields["account"].queryset = heads  # type: ignore[attr-defined]
            self.fields["branch"].help_text = _("由校工会统一使用的留空。")
            self.fields["project"].help_text = _("专项活动等，没有则留空。")


class AccountForm(HouseForm):
    class Meta:
        model = Account
        fields = ("code", "name", "side", "parent", "note", "is_active")

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        if "parent" in self.fields:
            tops = Account.objects.filter(parent__isnull=True).order_by("code")
            self.fields["parent"].queryset = tops  # type: ignore[attr-defined]


class OpenForm(forms.Form):
    document = forms.CharField(
        label=_("批准文件"), max_length=100, help_text=_("经审会审查、教代会或工会委员会通过的决议名称与文号。")
    )


class RevisionForm(forms.Form):
    """More or less on one line."""

    by = _money(_("调整金额（元）"), help_text=_("调增填正数，调减填负数，如 -500.00。"))
    reason = forms.CharField(label=_("调整原因"), max_length=200)
    document = forms.CharField(
        label=_("依据文件"), max_length=100, required=False, help_text=_("执行中的年度必须填写。")
    )


class TransferForm(forms.Form):
    """From this line to another one of the same year and side."""

    into = forms.ModelChoiceField(label=_("调入"), queryset=BudgetLine.objects.none())
    amount = _money(_("调剂金额（元）"))
    reason = forms.CharField(label=_("调剂原因"), max_length=200)
    document = forms.CharField(
        label=_("依据文件"), max_length=100, required=False, help_text=_("执行中的年度必须填写。")
    )

    def __init__(self, *args, line: BudgetLine, **named) -> None:
        super().__init__(*args, **named)
        others = BudgetLine.objects.named().filter(year=line.year_id, side=line.side).exclude(pk=line.pk)
        into = self.fields["into"]
        into.queryset = others.order_by("account__code", "pk")  # type: ignore[attr-defined]
        into.label_from_instance = lambda other: other.name  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """A year, and how many up to it."""

    year = forms.TypedChoiceField(label=_("年度"), coerce=int)
    number = forms.ChoiceField(label=_("对比"), choices=[("2", _("两年")), ("3", _("三年"))])

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        years = FiscalYear.objects.values_list("year", flat=True)
        self.fields["year"].choices = [(year, f"{year}年") for year in years]  # type: ignore[attr-defined]


class PerHeadForm(forms.Form):
    """What an allotment is tried with."""

    on = forms.DateField(label=_("人数截止日"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    per_head = _money(_("每人（元）"), min_value=Decimal("0.01"))

    def __init__(self, *args, today: date | None = None, **named) -> None:
        super().__init__(*args, **named)
        self.today = today

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if self.today is not None and on > self.today:
            raise forms.ValidationError(Refusal.DAY_AHEAD.label, code=Refusal.DAY_AHEAD)
        return on


class AllotForm(PerHeadForm):
    """An allotment whose figures the page shows: ``seen`` is their fingerprint."""

    project = forms.CharField(
        label=_("项目"),
        max_length=60,
        required=False,
        help_text=_("拨入各分工会同一科目、该项目的预算，没有的自动新增；可留空。"),
    )
    text = forms.CharField(label=_("拨付事由"), max_length=200)
    document = forms.CharField(
        label=_("依据文件"), max_length=100, required=False, help_text=_("执行中的年度必须填写。")
    )
    seen = forms.CharField(max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        for name in ("on", "per_head"):
            self.fields[name].widget = forms.HiddenInput()

    def show(self, seen: str) -> None:
        """The next submit means the figures that this page shows now."""
        typed = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = seen
        self.data = typed


class IncomeForm(forms.Form):
    amount = _money(_("收入金额（元）"))
    text = forms.CharField(label=_("摘要"), max_length=200)
    document = forms.CharField(label=_("凭据"), max_length=100, help_text=_("银行回单、拨款通知等的名称和编号。"))


class SpendForm(forms.Form):
    amount = _money(_("支出金额（元）"), min_value=Decimal("0.01"))
    text = forms.CharField(label=_("事由"), max_length=200)
    document = forms.CharField(
        label=_("凭证号"), max_length=100, help_text=_("发票、银行回单或记账凭证的名称和编号。")
    )


class RefundForm(forms.Form):
    amount = _money(_("退回金额（元）"), min_value=Decimal("0.01"))
    text = forms.CharField(label=_("退回原因"), max_length=200)
    document = forms.CharField(label=_("凭证号"), max_length=100, help_text=_("银行回单等的名称和编号。"))


class ReverseForm(forms.Form):
    reason = forms.CharField(label=_("冲销原因"), max_length=200)
