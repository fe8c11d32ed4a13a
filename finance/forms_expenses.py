"""What people type about a claim. Rows are repeated fields: blank ones are left out, no JavaScript is needed."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AttachmentsField
from core.models import User
from finance import expense_rules as rules
from finance.enums import ExpenseKind
from finance.expense_rules import Bill, Item
from finance.models import BudgetLine, Expense, Payment
from finance.selectors_expenses import lines_open_to
from finance.services.expenses import Content
from members.models import Branch

BLANK = 3  # rows to spare
MOST = 50  # claims signed at one go


def _money(label: Any, **how: Any) -> forms.DecimalField:
    plain = forms.TextInput({"inputmode": "decimal"})
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, widget=plain, **how)


def _numeric() -> forms.TextInput:
    return forms.TextInput({"inputmode": "numeric"})


class _Row(forms.Form):
    """A row that may stay blank; begun, it is filled in whole (but for ``may_lack``)."""

    may_lack: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if any(value not in ("", None) for value in cleaned.values()):
            for name in self.fields:
                if name not in self.may_lack and name not in self.errors and cleaned.get(name) in ("", None):
                    self.add_error(name, forms.ValidationError(_("请填写。"), code="required"))
        return cleaned

    @property
    def is_begun(self) -> bool:
        return any(value not in ("", None) for value in self.cleaned_data.values())


class ItemForm(_Row):
    text = forms.CharField(label=_("内容"), max_length=100, required=False)
    amount = _money(_("金额（元）"), required=False)


class BillForm(_Row):
    may_lack = ("code",)

    number = forms.CharField(label=_("发票号码"), max_length=40, required=False)
    code = forms.CharField(label=_("发票代码（数电票不填）"), max_length=40, required=False)
    on = forms.DateField(
        label=_("开票日期"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    amount = _money(_("价税合计（元）"), required=False)
    seller = forms.CharField(label=_("销售方"), max_length=100, required=False)


ItemRows = forms.formset_factory(ItemForm, extra=BLANK, max_num=50, absolute_max=60)
BillRows = forms.formset_factory(BillForm, extra=BLANK, max_num=50, absolute_max=60)


class ClaimForm(forms.Form):
    """The head of a claim; ``items`` and ``bills`` are its rows."""

    applicant = forms.CharField(
        label=_("申请人工号"), max_length=32, required=False, help_text=_("代他人填报时填写，本人申请留空。")
    )
    kind = forms.ChoiceField(label=_("类别"), choices=ExpenseKind.choices)
    line = forms.ModelChoiceField(label=_("预算"), queryset=BudgetLine.objects.none())
    purpose = forms.CharField(label=_("用途"), max_length=200, widget=forms.Textarea({"rows": 2}))
    payee_name = forms.CharField(label=_("收款人"), max_length=60)
    payee_bank = forms.CharField(label=_("开户银行"), max_length=80)
    account = forms.CharField(label=_("收款账号"), max_length=40, widget=forms.TextInput({"autocomplete": "off"}))
    minute = forms.CharField(
        label=_("会议纪要（选填）"),
        max_length=100,
        required=False,
        help_text=_("金额较大须集体研究的，填写会议和文号。"),
    )
    papers = AttachmentsField(label=_("附件（选填）"), required=False)

    def __init__(self, *given, actor: User, branch: Branch | None, expense: Expense | None = None, **named) -> None:
        if expense is not None:
            named["initial"] = {name: getattr(expense, name) for name in _HEAD} | {"line": expense.line_id}
        else:
            named["initial"] = {"payee_name": actor.name}
        super().__init__(*given, **named)
        line = self.fields["line"]
        line.queryset = lines_open_to(branch).order_by("account__code", "pk")  # type: ignore[attr-defined]
        line.label_from_instance = lambda one: str(one)  # type: ignore[attr-defined]
        if expense is not None or not actor.has_perm("finance.enter_expense"):
            del self.fields["applicant"]
        account = self.fields["account"]
        account.help_text = _("加密保存，页面上只显示末四位。")
        if expense is not None and expense.payee_account_last4:
            account.required = False
            kept = {"kept": expense.payee_account_last4}
            account.help_text = _("现为 ****%(kept)s，不改就留空；加密保存，页面上只显示末四位。") % kept
        data = given[0] if given else None
        self.items = ItemRows(data or None, prefix="item", initial=_items_of(expense))
        self.bills = BillRows(data or None, prefix="bill", initial=_bills_of(expense))

    def is_valid(self) -> bool:
        rows = [rows.is_valid() for rows in (self.items, self.bills)]
        return super().is_valid() and all(rows)

    def content(self) -> Content:
        cleaned = self.cleaned_data
        return Content(
            items=[Item(**row.cleaned_data) for row in self.items if row.is_begun],
            bills=[_bill(row.cleaned_data) for row in self.bills if row.is_begun],
            **{name: cleaned[name] for name in (*_HEAD, "line", "account")},
        )

    def clean_applicant(self) -> User | None:
        number = self.cleaned_data["applicant"].strip()
        found = User.objects.filter(username=number, member__isnull=False).first() if number else None
        if number and found is None:
            raise forms.ValidationError(_("没有这个工号的会员。"), code="unknown")
        return found


_HEAD = ("kind", "purpose", "payee_name", "payee_bank", "minute")


def _items_of(expense: Expense | None) -> list[dict[str, Any]]:
    return [dict(row) for row in expense.items.values("text", "amount")] if expense else []


def _bills_of(expense: Expense | None) -> list[dict[str, Any]]:
    return [dict(row) for row in expense.invoices.values(*BillForm.base_fields)] if expense else []


def _bill(row: dict[str, Any]) -> Bill:
    return Bill(**row | {"number": rules.plain(row["number"]), "code": rules.plain(row["code"])})


class OwnActForm(forms.Form):
    """Why it is taken back to be changed."""

    reason = forms.CharField(label=_("收回修改的原因"), max_length=200, required=False)


class SignForm(forms.Form):
    """A signature under exactly what the page shows; or the reason of a return."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    word = forms.CharField(
        label=_("意见"),
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("退回和不予报销须写明原因，申请人会看到。"),
    )


class DecideForm(SignForm):
    do = forms.ChoiceField(
        label=_("办理"),
        choices=[("approve", _("同意")), ("return", _("退回补正")), ("reject", _("不予报销"))],
        widget=forms.RadioSelect,
    )
    field_order = ("digest", "do", "word")


class _ChosenField(forms.MultipleChoiceField):
    """Claims as a page offered them, ``number:digest``; whether they may be signed is the service's to say."""

    default_error_messages = {"required": _("请选择要批准的报销单。")}

    def valid_value(self, value: str) -> bool:
        return re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", value) is not None

    def clean(self, value: Any) -> list[tuple[int, str]]:
        pairs = [chosen.split(":") for chosen in dict.fromkeys(super().clean(value))]
        if len(pairs) > MOST:
            raise forms.ValidationError(_("一次最多批准 %(most)s 份。"), code="too_many", params={"most": MOST})
        return [(int(number), digest) for number, digest in pairs]


class SignAllForm(forms.Form):
    """Which claims are signed at one go, each under what the page showed of it."""

    chosen = _ChosenField(label=_("报销单"))


class BatchForm(forms.Form):
    """Which approved claims are paid together."""

    expenses = forms.ModelMultipleChoiceField(
        label=_("报销单"), queryset=Expense.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given, payable, **named) -> None:
        super().__init__(*given, **named)
        field = self.fields["expenses"]
        field.queryset = payable  # type: ignore[attr-defined]
        field.label_from_instance = claim_words  # type: ignore[attr-defined]


class PaidForm(forms.Form):
    """Which payments of a batch the bank carried out."""

    payments = forms.ModelMultipleChoiceField(
        label=_("已支付的"), queryset=Payment.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given, waiting, **named) -> None:
        super().__init__(*given, **named)
        field = self.fields["payments"]
        field.queryset = waiting  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: claim_words(row.expense)  # type: ignore[attr-defined]
        field.initial = [row.pk for row in waiting]


class FileForm(forms.Form):
    """How the bank wants it."""

    format = forms.ChoiceField(label=_("格式"), choices=[("csv", _("CSV 文本")), ("xlsx", _("Excel 表格"))])
    reason = forms.CharField(
        label=_("再次导出的原因"), max_length=200, required=False, help_text=_("首次导出不填；已导出过的须写明原因。")
    )


class SampleForm(forms.Form):
    """How many claims of which year, and the seed that draws the same ones again."""

    year = forms.IntegerField(label=_("预算年度"), min_value=2000, max_value=2100, widget=_numeric())
    number = forms.IntegerField(label=_("抽取份数"), min_value=1, max_value=500, initial=20, widget=_numeric())
    seed = forms.CharField(
        label=_("随机种子"),
        max_length=40,
        help_text=_("任意数字或文字；同一种子对同样的报销单抽出同样的结果，可当众复核。"),
    )


def claim_words(expense: Expense) -> str:
    """BX000012　钱一（****1234）　300.00元　读书会用书."""
    payee = f"{expense.payee_name}（****{expense.payee_account_last4}）"
    return f"{expense}　{payee}　{expense.amount:,.2f}元　{expense.purpose}"
