"""What a member writes about his own file, and what is answered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AttachmentsField
from members.enums import Sex, StaffCategory, SubjectKind, SubjectState
from members.models import Member, ProfileChange
from members.rules.own import CONTACTS, GOVERNED, SEALED

_LONG = forms.Textarea({"rows": 4})


def _date() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class ContactForm(forms.ModelForm):
    """What the member keeps himself."""

    class Meta:
        model = Member
        fields = CONTACTS
        help_texts = {
            "phone": _("只有您、校工会和本分会能看到，页面上隐去中间四位。"),
            "email": _("用于接收提醒。找回密码用的邮箱由系统管理员维护，不在这里改。"),
            "emergency_contact": _("请先征得对方同意。"),
        }

    def _post_clean(self) -> None:
        """The service writes; the instance is only what the form shows."""


class ChangeForm(forms.ModelForm):
    """The governed entries as they are; what is typed differently is asked for."""

    id_number = forms.CharField(
        label=_("身份证号"), max_length=24, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    bank_card = forms.CharField(
        label=_("银行卡号"), max_length=24, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    reason = forms.CharField(label=_("变更原因"), max_length=200, widget=forms.Textarea({"rows": 3}))
    papers = AttachmentsField(label=_("证明材料（选填）"), required=False, most=6)

    class Meta:
        model = Member
        fields = GOVERNED
        widgets = {"birth_on": _date(), "hired_on": _date()}

    def __init__(self, *args, secrets, back: ProfileChange | None = None, **kwargs) -> None:
        if back is not None:  # what was asked for before it came back
            kwargs["initial"] = {name: back.after[name] for name in back.after if name in GOVERNED}
            kwargs["initial"]["reason"] = back.reason
        super().__init__(*args, **kwargs)
        for name in ("sex", "staff_category"):
            choices = {"sex": Sex.choices, "staff_category": StaffCategory.choices}[name]
            self.fields[name].widget.choices = [("", _("未登记")), *choices]  # type: ignore[attr-defined]
        for name, kept in zip(SEALED, (secrets.id_number, secrets.bank_card), strict=True):
            now = _("现登记：%(kept)s。") % {"kept": kept} if kept else _("现在没有登记。")
            self.fields[name].help_text = f"{now}{_('不改就留空；新号码加密保存，只显示末四位。')}"

    def _post_clean(self) -> None:
        """The service writes; the instance is only what the form shows."""

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in GOVERNED}

    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in SEALED if self.cleaned_data[name]}


class WordForm(forms.Form):
    """What the branch says about a request."""

    word = forms.CharField(label=_("分工会意见"), max_length=200, widget=forms.Textarea({"rows": 3}))


class DecideChangeForm(forms.Form):
    """同意、退回 or 不予更正."""

    do = forms.ChoiceField(
        label=_("处理结果"),
        choices=[("accept", _("同意更正，写入登记")), ("return", _("退回补正")), ("reject", _("不予更正"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("退回写明需补正什么，不予更正写明理由；本人会看到。"),
    )


class SubjectRequestForm(forms.Form):
    """A request about one's own data."""

    kind = forms.ChoiceField(label=_("事项"), choices=SubjectKind.choices)
    text = forms.CharField(label=_("请求内容"), max_length=1000, widget=_LONG)


class AnswerForm(forms.Form):
    """The answer with its basis."""

    outcome = forms.ChoiceField(
        label=_("处理结果"),
        choices=[
            (state.value, state.label) for state in (SubjectState.GRANTED, SubjectState.PARTLY, SubjectState.REFUSED)
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("答复"), max_length=1000, widget=_LONG)
    basis = forms.CharField(
        label=_("依据"),
        max_length=200,
        help_text=_("不能办理的写明法规和保存期限，如：会计档案管理办法，凭证保存 30 年。"),
    )
