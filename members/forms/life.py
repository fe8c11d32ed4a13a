"""What union staff type about changes of membership; the chair's choice of whom a meeting admitted."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from members.enums import ActKind, KeptReason, StaffCategory
from members.models import Branch, JoinApplication, Member

_DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
_IN_LIVING_MEMORY = [MinValueValidator(date(1949, 1, 1)), MaxValueValidator(date(2200, 12, 31))]
RECORDED = tuple(kind for kind in ActKind if kind not in (ActKind.JOINED, ActKind.CORRECTED))


class PaperFields(forms.Form):
    """What a change stands on."""

    document = forms.CharField(label=_("文号"), max_length=60, required=False)
    document_on = forms.DateField(label=_("文件日期"), required=False, widget=_DATE)
    approved_by = forms.CharField(
        label=_("批准机构与会议"),
        max_length=100,
        required=False,
        help_text=_("退会、开除会籍必填，如“校工会委员会第5次会议”。"),
    )
    basis = forms.CharField(label=_("依据或事由"), max_length=200, required=False)

    def paper(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in PaperFields.base_fields}


class ActForm(PaperFields):
    staff_no = forms.CharField(label=_("工号"), max_length=32)
    kind = forms.ChoiceField(label=_("变动"), choices=[("", "—"), *((kind.value, kind.label) for kind in RECORDED)])
    on = forms.DateField(
        label=_("日期"), widget=_DATE, help_text=_("结束会籍的填最后一天；调整、转入、恢复的填第一天。")
    )
    branch = forms.ModelChoiceField(
        label=_("现分工会"), queryset=Branch.objects.none(), required=False, help_text=_("分工会调整、转入时填写。")
    )
    other_union = forms.CharField(
        label=_("对方工会"), max_length=60, required=False, help_text=_("转入、转出时填写。")
    )
    kept_reason = forms.ChoiceField(
        label=_("保留原因"), choices=[("", "—"), *KeptReason.choices], required=False, help_text=_("保留会籍时填写。")
    )
    field_order = ("staff_no", "kind", "on", "branch", "other_union", "kept_reason")

    def __init__(self, *args, user, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["branch"].queryset = Branch.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean_staff_no(self) -> Member:
        typed = self.cleaned_data["staff_no"].strip()
        member = Member.objects.visible_to(self.user).filter(staff_no=typed).first()
        if member is None:
            raise forms.ValidationError(_("没有这个工号的会员。"), code="unknown")
        return member

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind in (ActKind.BRANCH_CHANGE, ActKind.TRANSFERRED_IN) and not cleaned.get("branch"):
            self.add_error("branch", _("请选择分工会。"))
        if kind == ActKind.KEPT and not cleaned.get("kept_reason"):
            self.add_error("kept_reason", _("请选择保留原因。"))
        return cleaned


class CorrectForm(forms.Form):
    basis = forms.CharField(label=_("撤销原因"), max_length=200)
    document = forms.CharField(label=_("文号"), max_length=60, required=False)


class Applications(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: JoinApplication) -> str:
        minute = f"，{obj.minute}" if obj.minute else ""
        return f"{obj.name}（{obj.applicant.username}，{obj.branch}{minute}）"


class PrepareForm(forms.Form):
    applications = Applications(label=_("提交会议的申请"), queryset=JoinApplication.objects.none())
    minute = forms.CharField(label=_("会议"), max_length=100, help_text=_("如“校工会委员会2026年第5次会议”。"))
    met_on = forms.DateField(label=_("会议日期"), widget=_DATE)
    document = forms.CharField(label=_("纪要文号"), max_length=60, required=False)
    joins_on = forms.DateField(label=_("入会日期"), required=False, widget=_DATE, help_text=_("不填即会议当日。"))

    def __init__(self, *args, rows, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["applications"].queryset = rows  # type: ignore[attr-defined]


class ApproveForm(forms.Form):
    applications = Applications(label=_("会议批准入会的人员"), queryset=JoinApplication.objects.none())
    checked = forms.BooleanField(label=_("已核对会议纪要，名单与纪要一致"))

    def __init__(self, *args, rows, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["applications"].queryset = rows  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    do = forms.ChoiceField(label=_("处理"), choices=[])
    said = forms.CharField(label=_("意见或原因"), max_length=200, required=False, help_text=_("退回和不予批准必填。"))

    def __init__(self, *args, choices: list[tuple[str, Any]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["do"].choices = choices  # type: ignore[attr-defined]


class RetireForm(forms.Form):
    """Who of the list has retired; each is an act of his own, with his own last day."""

    members = forms.MultipleChoiceField(label=_("办理退休的会员"), widget=forms.CheckboxSelectMultiple)
    on = forms.DateField(label=_("在会最后一天"), required=False, widget=_DATE, help_text=_("不填即各人到龄之日。"))
    document = forms.CharField(label=_("文号"), max_length=60, required=False)
    checked = forms.BooleanField(label=_("已逐人核对退休手续"))

    def __init__(self, *args, due, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = [  # type: ignore[attr-defined]
            (str(row.member.pk), f"{row.retires_on:%Y-%m-%d} {row.member.name}（{row.member.staff_no}，{row.branch}）"
             + (str(_("，未登记身份，按干部推算")) if row.is_assumed else "")) for row in due
        ]  # fmt: skip


class LapsedForm(forms.Form):
    """Whom the committee deems to have left; nobody is without its decision and its document (charter Art 6)."""

    members = forms.MultipleChoiceField(label=_("视为退会的会员"), widget=forms.CheckboxSelectMultiple)
    on = forms.DateField(label=_("在会最后一天"), widget=_DATE, validators=_IN_LIVING_MEMORY)
    approved_by = forms.CharField(
        label=_("决定机构与会议"), max_length=100, help_text=_("如“校工会委员会2026年第5次会议”。")
    )
    document = forms.CharField(label=_("文号"), max_length=60)
    basis = forms.CharField(
        label=_("依据"),
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        initial=_("中国工会章程第六条：没有正当理由连续六个月不交纳会费、不参加工会活动，经教育拒不改正"),
    )
    checked = forms.BooleanField(label=_("已逐人谈话，并核实没有正当理由、未参加工会活动"))

    def __init__(self, *args, rows, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.member.pk), str(row.member)) for row in rows]
        self.fields["members"].choices = choices  # type: ignore[attr-defined]


class CategoryForm(forms.Form):
    category = forms.ChoiceField(label=_("人员身份"), choices=StaffCategory.choices)


class UntilForm(forms.Form):
    """Months ahead, as the address says it."""

    until = forms.DateField(label=_("到龄日截至"), widget=_DATE, validators=_IN_LIVING_MEMORY, required=False)


class TermForm(forms.Form):
    """The days of a ceremony."""

    kind = forms.ChoiceField(label=_("名单"), choices=[("newcomers", _("入会仪式")), ("farewells", _("荣退"))])
    from_on = forms.DateField(label=_("自"), widget=_DATE, validators=_IN_LIVING_MEMORY)
    until_on = forms.DateField(label=_("至（不含）"), widget=_DATE, validators=_IN_LIVING_MEMORY)

    def term(self) -> tuple[str, date, date]:
        data = self.cleaned_data
        return data["kind"], data["from_on"], data["until_on"]
