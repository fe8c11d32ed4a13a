"""What clerks type about HR's daily file and about duplicates."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.clock import today
from members.feed_codes import FeedKind
from members.models import FeedChange, Member

_DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
MOST_LINES = 200  # on one page; the rest follows when these are done


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("人事日报"), help_text=_(".xlsx 或 .csv，当日全体教职工名单，表头须有“工号”和“姓名”。")
    )
    on = forms.DateField(label=_("日报日期"), widget=_DATE, help_text=_("名单是哪一天的。"))

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if on > today():
            raise forms.ValidationError(_("日报的日期不能晚于今天。"), code="ahead")
        return on


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("说明"), max_length=200)


class DecideRunForm(ReasonForm):
    do = forms.ChoiceField(
        label=_("处理"), choices=[("release", _("已核实，文件无误，采用")), ("discard", _("文件有误，作废"))]
    )
    field_order = ("do", "reason")

    def __init__(self, *args, held: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not held:  # in use already: it can only be given up
            self.fields["do"].choices = self.fields["do"].choices[1:]  # type: ignore[attr-defined]


class LinesForm(forms.Form):
    """Lines of one kind that are ticked, or all of the kind that wait, and what to do with them.

    A line that was decided meanwhile is the service's to refuse: the second click of a page is no mistake of form.
    """

    changes = forms.ModelMultipleChoiceField(queryset=FeedChange.objects.none(), required=False)
    every = forms.BooleanField(label=_("本类全部待确认的行（含未显示的）"), required=False)
    do = forms.ChoiceField(label=_("处理"), choices=[("confirm", _("确认，写入登记")), ("dismiss", _("不采用"))])
    on = forms.DateField(
        label=_("变动日期"),
        required=False,
        widget=_DATE,
        help_text=_("不填即各行所列日期；离校、退休填在会最后一天。"),
    )
    other_union = forms.CharField(
        label=_("对方工会"), max_length=60, required=False, help_text=_("离校会员的去向；不填记为随人事关系转出。")
    )
    reason = forms.CharField(label=_("不采用的原因"), max_length=200, required=False)

    def __init__(self, *args, rows, waiting, kind: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting
        self.fields["changes"].queryset = rows  # type: ignore[attr-defined]
        if kind not in (FeedKind.LEFT, FeedKind.RETIRED, FeedKind.DIED, FeedKind.TRANSFERRED):
            del self.fields["on"]
        if kind != FeedKind.LEFT:
            del self.fields["other_union"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = self.waiting if cleaned.get("every") else cleaned.get("changes") or ()
        cleaned["keys"] = [change.pk for change in chosen]
        if not cleaned["keys"] and not cleaned.get("every"):
            self.add_error(None, _("没有选中任何一行。"))
        if cleaned.get("do") == "dismiss" and not cleaned.get("reason"):
            self.add_error("reason", _("请填写不采用的原因。"))
        return cleaned


class MergeForm(forms.Form):
    keep = forms.ChoiceField(label=_("保留哪一份档案"), choices=[], widget=forms.RadioSelect)
    stands = forms.ChoiceField(
        label=_("会籍期间重叠时"),
        required=False,
        choices=[("", _("请选择")), ("keep", _("以保留的档案为准")), ("drop", _("以并入的档案为准"))],
    )
    reason = forms.CharField(label=_("合并原因"), max_length=200)

    def __init__(self, *args, people: list[Member], overlap: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not overlap:
            del self.fields["stands"]
        self.fields["keep"].choices = [(str(one.pk), str(one)) for one in people]  # type: ignore[attr-defined]
