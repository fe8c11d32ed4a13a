"""Input of our own pages around signing in; the others are allauth's."""

from django import forms
from django.utils.translation import gettext_lazy as _


class InvitationForm(forms.Form):
    """Staff number and code from the slip, and the password that one wants."""

    username = forms.CharField(
        label=_("工号"), max_length=32, widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"})
    )
    code = forms.CharField(
        label=_("凭条上的一次性代码"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        help_text=_("12 个字母和数字，大小写、连字符均可不计。"),
    )
    password1 = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("至少 10 个字符，不要只用数字，不要含姓名或工号。"),
    )
    password2 = forms.CharField(
        label=_("再输一次新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_password2(self) -> str:
        again = self.cleaned_data["password2"]
        if again != self.cleaned_data.get("password1", again):
            raise forms.ValidationError(_("两次输入的密码不一致。"), code="password_mismatch")
        return again
