"""Fields that several of the register's forms ask for in the same way."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Member


class DayField(forms.DateField):
    """A day, by the browser's own chooser."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class StaffNoField(forms.CharField):
    """A staff number of the register; gives the member."""

    def __init__(self, **how: Any) -> None:
        how.setdefault("label", _("工号"))
        super().__init__(max_length=32, **how)

    def clean(self, value: Any) -> Member | None:
        number = super().clean(value)
        if not number:
            return None
        member = Member.objects.filter(staff_no=number).first()
        if member is None:
            raise forms.ValidationError(_("没有这个工号的会员。"), code="unknown")
        return member


class StaffNosField(forms.CharField):
    """Staff numbers apart by blanks or commas; gives the members, in that order, each once."""

    widget = forms.Textarea({"rows": 2})

    def __init__(self, **how: Any) -> None:
        how.setdefault("label", _("工号"))
        how.setdefault("help_text", _("多人用空格或逗号分开。"))
        super().__init__(max_length=2000, **how)

    def clean(self, value: Any) -> list[Member]:
        text = super().clean(value)
        for mark in ",，、;；":
            text = text.replace(mark, " ")
        numbers = list(dict.fromkeys(text.split()))
        found = {member.staff_no: member for member in Member.objects.filter(staff_no__in=numbers)}
        if missing := [number for number in numbers if number not in found]:
            words = "、".join(missing[:10])
            raise forms.ValidationError(_("没有这些工号的会员：%(words)s"), params={"words": words}, code="unknown")
        return [found[number] for number in numbers]
