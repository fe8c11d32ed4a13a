"""What union staff type about bodies and posts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.admin import HouseForm
from members.enums import POSITIONS, How
from members.forms.fields import DayField, StaffNoField
from members.models import Body


class BodyForm(HouseForm):
    term_years = forms.TypedChoiceField(
        label=_("任期"),
        choices=[("", "—"), ("3", _("三年")), ("5", _("五年"))],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("各级委员会每届三年或五年（工会法第十六条）；小组、信息员、监督员不填。"),
    )
    from_on = DayField(label=_("成立（选举）日期"))

    class Meta:
        model = Body
        fields = ("kind", "name", "branch", "from_on", "term_years", "document")


class AppointForm(forms.Form):
    member = StaffNoField()
    position = forms.ChoiceField(label=_("职务"))
    duty = forms.CharField(label=_("分工"), max_length=40, required=False)
    how = forms.ChoiceField(label=_("产生方式"), choices=How.choices)
    from_on = DayField(label=_("任职日期"))
    document = forms.CharField(label=_("文号"), max_length=60, required=False)
    kin_checked = forms.BooleanField(
        label=_("已核对：不是单位主要行政负责人的近亲属"),
        required=False,
        help_text=_("工会法第十条：企业主要负责人的近亲属不得作为本企业基层工会委员会成员的人选。"),
    )

    def __init__(self, *given, kind: str, **named) -> None:
        super().__init__(*given, **named)
        self.fields["position"].choices = [(one.value, one.label) for one in POSITIONS[kind]]  # type: ignore[attr-defined]


class EndForm(forms.Form):
    on = DayField(label=_("最后一天"))
    document = forms.CharField(label=_("依据"), max_length=100, required=False)


class ChartDay(forms.Form):
    """The day of a chart, in the address; anything else means today."""

    on = forms.DateField(label=_("日期"), required=False, widget=DayField.widget)
