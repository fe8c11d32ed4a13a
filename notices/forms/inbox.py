"""Input of the portal's notice pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.calendar.lunar import InvalidLunarDate, LunarDate, to_lunar
from members.enums import BirthdayCalendar
from members.models import Member
from notices.enums import Channel, Period

_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DAYS = (
    *("初一", "初二", "初三", "初四", "初五", "初六", "初七", "初八", "初九", "初十"),
    *("十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十"),
    *("廿一", "廿二", "廿三", "廿四", "廿五", "廿六", "廿七", "廿八", "廿九", "三十"),
)


def lunar_words(month: int, day: int, leap: bool) -> str:
    """闰六月初一."""
    return f"{'闰' if leap else ''}{_MONTHS[month - 1]}月{_DAYS[day - 1]}"


class PreferenceForm(forms.Form):
    """What shall come: ticked is on. The rules offered are given by the view."""

    channels = forms.MultipleChoiceField(
        label=_("接收方式"), choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    rules = forms.TypedMultipleChoiceField(
        label=_("接收内容"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    digest = forms.ChoiceField(
        label=_("邮件频率"),
        choices=[("", _("每条提醒单独一封")), *Period.choices],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("每天或每周的摘要邮件汇总这段时间的提醒和待办事项；站内消息和必须送达的邮件不受影响。"),
    )

    def __init__(self, *args, offered: list, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rules = self.fields["rules"]
        assert isinstance(rules, forms.TypedMultipleChoiceField)
        rules.choices = [(rule.pk, rule.name) for rule in offered]


class BirthdayForm(forms.Form):
    """By which calendar, and which lunar day."""

    calendar = forms.ChoiceField(
        label=_("生日按"), choices=BirthdayCalendar.choices, widget=forms.RadioSelect, initial=BirthdayCalendar.SOLAR
    )
    month = forms.TypedChoiceField(
        label=_("农历月"),
        choices=[("", "—"), *((n, f"{name}月") for n, name in enumerate(_MONTHS, start=1))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    day = forms.TypedChoiceField(
        label=_("农历日"),
        choices=[("", "—"), *enumerate(_DAYS, start=1)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    leap = forms.BooleanField(
        label=_("闰月"), required=False, help_text=_("生在闰月的才勾选；没有这个闰月的年份过平月。")
    )

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("calendar") == BirthdayCalendar.LUNAR and not (cleaned.get("month") and cleaned.get("day")):
            raise forms.ValidationError(_("按农历过生日，请选择月和日。"))
        return cleaned

    @staticmethod
    def initial_of(member: Member) -> dict:
        """What the member has chosen; else the lunar day of his birth date, ready to be taken or corrected."""
        if member.birthday_calendar == BirthdayCalendar.LUNAR:
            chosen = LunarDate(0, member.lunar_month or 0, member.lunar_day or 0, member.lunar_leap)
        elif member.birth_on:
            try:
                chosen = to_lunar(member.birth_on)
            except InvalidLunarDate:  # born before 1901
                return {"calendar": member.birthday_calendar}
        else:
            return {"calendar": member.birthday_calendar}
        return {
            "calendar": member.birthday_calendar,
            "month": chosen.month,
            "day": chosen.day,
            "leap": chosen.leap,
        }
