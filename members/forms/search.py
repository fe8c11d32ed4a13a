"""Input of the portal's member pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MemberSearch(forms.Form):
    """The search box of the workbench; an unfit text (too long) searches for nothing and says so."""

    q = forms.CharField(label=_("查找会员"), max_length=40, required=False, strip=True)
    after = forms.CharField(max_length=600, required=False)
    before = forms.CharField(max_length=600, required=False)
