"""What an applicant writes, and what a reviewer says."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AttachmentsField
from core.identity import InvalidIdNumber, check_id_number
from members.enums import Sex
from members.models import Branch, JoinApplication

_DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
_LONG = forms.Textarea({"rows": 4})


class JoinForm(forms.ModelForm):
    """《工会会员登记表》 on a phone. What is needed to hand it in is asked for then: a draft may be half done."""

    id_number = forms.CharField(
        label=_("身份证号"), max_length=24, required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    family = forms.CharField(
        label=_("家庭主要成员及单位（选填）"), max_length=500, required=False, widget=forms.Textarea({"rows": 3})
    )
    papers = AttachmentsField(label=_("证明材料（选填）"), required=False, most=6)

    field_order = ("name", "sex", "birth_on", "id_number")

    class Meta:
        model = JoinApplication
        fields = (
            *("name", "sex", "birth_on", "phone", "email", "branch", "department_name", "duty", "title", "hired_on"),
            *("ethnicity", "education", "political_status", "native_place", "other_union", "resume", "statement"),
        )
        widgets = {"birth_on": _DATE, "hired_on": _DATE, "resume": _LONG, "statement": _LONG}
        help_texts = {"other_union": _("由其他单位工会转来的填写；首次入会不填。")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        branch = self.fields["branch"]
        branch.queryset = Branch.objects.filter(is_active=True).exclude(kind="union")  # type: ignore[attr-defined]
        branch.empty_label = _("请选择")  # type: ignore[attr-defined]
        self.fields["sex"].widget.choices = [("", _("请选择")), *Sex.choices]  # type: ignore[attr-defined]
        kept = self.instance.id_number_last4
        self.fields["id_number"].help_text = (
            _("已加密保存，末四位 %(last4)s；不改就留空。") % {"last4": kept}
            if kept
            else _("加密保存，页面只显示末四位。")
        )
        self.fields["family"].help_text = (
            _("已加密保存；不改就留空。") if self.instance.family else _("加密保存，只印在登记表上。")
        )

    def clean_id_number(self) -> str:
        typed = self.cleaned_data["id_number"].strip()
        if typed:
            try:
                return check_id_number(typed).number
            except InvalidIdNumber as wrong:
                raise forms.ValidationError(wrong.message, code=str(wrong.code)) from wrong
        return ""

    def _post_clean(self) -> None:
        """The service writes; the instance is only what the form shows."""


class ReviewForm(forms.Form):
    """A decision with its reason or opinion."""

    do = forms.ChoiceField(choices=[("approve", ""), ("return", ""), ("reject", "")])
    said = forms.CharField(label=_("意见或原因"), max_length=200, required=False, widget=forms.Textarea({"rows": 3}))
