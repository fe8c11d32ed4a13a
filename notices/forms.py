"""Input of the portal's notice pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notices.enums import Channel


class PreferenceForm(forms.Form):
    """What shall come: ticked is on. The rules offered are given by the view."""

    channels = forms.MultipleChoiceField(
        label=_("接收方式"), choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    rules = forms.TypedMultipleChoiceField(
        label=_("接收内容"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, offered: list, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rules = self.fields["rules"]
        assert isinstance(rules, forms.TypedMultipleChoiceField)
        rules.choices = [(rule.pk, rule.name) for rule in offered]
