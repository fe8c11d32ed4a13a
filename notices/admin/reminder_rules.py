"""Reminder rules, and for each a page that says who will get it on a day and who will not."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from core.admin import ActiveFilter, HouseForm, KeysetAdmin, Menu
from core.calendar.lunar import FIRST_YEAR, LAST_YEAR
from core.clock import local_date
from core.enums import Role
from core.reminders import sources
from core.requests import SignedInRequest
from members.models import Branch, Segment
from notices import segments, selectors
from notices.enums import Channel, Reason, Repeat, RuleKind
from notices.models import ReminderRule, Robot
from notices.services.keeping import FIELDS, LINKED, keep_rule
from notices.services.testing import send_test
from notices.services.wording import occasion_of

SPANS = ((1, _("当天")), (7, _("7 天内")), (30, _("30 天内")), (60, _("60 天内")))


class ReminderRuleForm(HouseForm):
    channels = forms.MultipleChoiceField(
        label=_("渠道"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )
    source = forms.ChoiceField(label=_("事项"), required=False, widget=UnfoldAdminSelectWidget)
    roles = forms.MultipleChoiceField(
        label=_("岗位"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.filter(is_active=True),
        label=_("分工会"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只有对象为“指定分工会的会员”时选择，含其下级。"),
    )
    segment = forms.ModelChoiceField(
        Segment.objects.none(),
        label=_("常用名单"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("只有对象为“常用名单中的会员”时选择；每次执行时重新查找。只列出供全体干事使用的名单。"),
    )
    robots = forms.ModelMultipleChoiceField(
        Robot.objects.filter(is_active=True),
        label=_("群机器人"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("同时在群里发一条汇总，每条规则每天至多一条；只用于发给工会干部或岗位的规则。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kept = Segment.objects.union_wide() | Segment.objects.filter(pk=self.instance.segment_id)
        self.fields["segment"].queryset = kept  # type: ignore[attr-defined]
        choices = [("", "—"), *((source.code, source.label) for source in sources())]
        self.fields["source"].choices = choices  # type: ignore[attr-defined]

    class Meta:
        model = ReminderRule
        fields = (*FIELDS, *LINKED)
        help_texts = {
            "code": _("英文字母、数字和连字符，使用后不再更改。"),
            "occasion": _("只有节日规则填写。"),
            "fixed_on": _("只有指定日期规则填写；重复的从这一天起算。"),
            "repeat": _("生日和节日为每年；待办事项为一次，或每隔若干天直到办结。"),
            "every_days": _("只有“每隔若干天”填写，1 到 366。"),
            "until_on": _("此日之后不再提醒；不填则一直有效。"),
            "offset_days": _("0 为当天，最多 60 天。"),
            "skip_after_days": _("系统停机等原因耽误后，超过这个天数就不再补发，只作记录。"),
            "subject": _(
                "可用占位符：{name} 姓名、{days} 相距天数、{occasion} 节日、生日或事项、{date} 日期、"
                "{branch} 分工会、{about} 事项的当事人。"
            ),
            "body": _("纯文本，占位符同上。不要写证件号、银行卡号、病情等信息。"),
            "service_critical": _("勾选后会员不能关闭，请慎用。"),
        }


class OnForm(forms.Form):
    """The days asked about; lunar festivals are known for certain years only."""

    on = forms.DateField(label=_("日期"), required=False)
    span = forms.TypedChoiceField(label=_("范围"), choices=SPANS, coerce=int, empty_value=None, required=False)

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        if on is not None and not FIRST_YEAR < on.year < LAST_YEAR:
            raise forms.ValidationError(_("日期超出农历可推算的范围。"))
        return on


@admin.register(ReminderRule)
class ReminderRuleAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 10, "event_repeat"
    form = ReminderRuleForm
    change_form_template = "notices/admin/rule_form.html"
    list_filter = (ActiveFilter,)
    keyset_order = ("id",)
    headers = (_("名称"), _("类型"), _("时间"), _("对象"), _("渠道"), _("已执行至"), _("状态"))
    unit = _("条规则")
    fieldsets = (
        (None, {"fields": (("name", "code"), ("kind", "occasion"), ("fixed_on", "source"))}),
        (
            _("时间"),
            {
                "fields": (
                    ("timing", "offset_days"),
                    ("repeat", "every_days"),
                    ("until_on", "skip_after_days"),
                )
            },
        ),
        (_("对象"), {"fields": ("audience", "segment", ("branches", "roles"), ("channels", "robots"))}),
        (_("文字"), {"fields": ("subject", "body")}),
        (_("执行"), {"fields": (("is_active", "service_critical"),)}),
    )

    readonly_fields = ("ways",)

    def get_queryset(self, request: HttpRequest):
        return ReminderRule.objects.visible_to(request.user)

    def get_fieldsets(self, request: HttpRequest, obj: ReminderRule | None = None):
        """Who only reads sees the channels in words; boxes are for who may tick them."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        ticked, told = ("channels", "robots"), ("ways", "robots")
        return [
            (title, {"fields": tuple(told if names == ticked else names for names in group["fields"])})
            for title, group in self.fieldsets
        ]

    @admin.display(description=_("渠道"))
    def ways(self, rule: ReminderRule) -> str:
        return "、".join(str(Channel(channel).label) for channel in rule.channels)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.annotate(is_idle=Exists(ReminderRule.objects.idle().filter(pk=OuterRef("pk"))))

    def row_of(self, rule: ReminderRule, request: HttpRequest) -> list[Any]:
        return [
            rule.name,
            occasion_of(rule) if rule.kind != RuleKind.DATE else rule.get_kind_display(),
            self._when(rule),
            rule.get_audience_display(),
            self.ways(rule),
            f"{rule.covered_until_on:%Y-%m-%d}" if rule.covered_until_on else "—",
            self._state(rule),
        ]

    @staticmethod
    def _state(rule: ReminderRule) -> dict[str, Any]:
        if not rule.is_active:
            return {"text": _("停用"), "kind": "quiet"}
        if getattr(rule, "is_idle", False):
            return {"text": _("无人可发"), "kind": "warn"}
        return {"text": _("启用"), "kind": "good"}

    def render_change_form(self, request: SignedInRequest, context: dict[str, Any], *args, **kwargs) -> HttpResponse:
        """With why a rule reaches nobody any more."""
        rule = context.get("original")
        context["why_nobody"] = segments.why_nobody(rule, on=local_date(request.at)) if rule else ""
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _when(rule: ReminderRule) -> str:
        """提前 7 天，每年."""
        days = gettext("当天")
        if rule.offset_days:
            days = gettext("%(side)s %(days)s 天") % {"side": rule.get_timing_display(), "days": rule.offset_days}
        if rule.repeat == Repeat.EVERY:
            return gettext("%(days)s，每 %(n)s 天") % {"days": days, "n": rule.every_days}
        return f"{days}，{rule.get_repeat_display()}"

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> ReminderRule:
        rule = form.instance if change else None
        return keep_rule(actor=request.user, rule=rule, values=form.cleaned_data, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        own = {"preview": self.preview, "test": self.test}
        return [
            *(
                path(f"<int:pk>/{word}/", self.admin_site.admin_view(view), name=f"notices_reminderrule_{word}")
                for word, view in own.items()
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def test(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """测试发送: to oneself, never a reminder."""
        if not request.user.has_perm("notices.change_reminderrule"):
            raise PermissionDenied
        rule = get_object_or_404(self.get_queryset(request), pk=pk)
        used = send_test(actor=request.user, rule=rule, at=request.at)
        if used:
            ways = "、".join(str(Channel(channel).label) for channel in used)
            messages.success(request, gettext("已向您本人发送测试（%(ways)s），不计入提醒。") % {"ways": ways})
        else:
            messages.error(request, gettext("您没有有效的邮箱地址，这条规则只发邮件，无法测试。"))
        return redirect("admin:notices_reminderrule_preview", pk)

    @method_decorator(require_safe)
    def preview(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Who will get it on a day, and who will not and why; changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = get_object_or_404(self.get_queryset(request), pk=pk)
        form = OnForm(request.GET if {"on", "span"} & set(request.GET) else None)
        asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
        on, span = asked.get("on") or local_date(request.at), asked.get("span") or 1
        found = selectors.preview(rule, on=on, days=span)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("预览：%(name)s") % {"name": rule.name},
            "opts": self.opts,
            "rule": rule,
            "rule_url": reverse("admin:notices_reminderrule_change", args=[rule.pk]),
            "form": form,
            "on": on,
            "until": on + timedelta(days=span - 1),
            "span": span,
            "spans": SPANS,
            "why_nobody": segments.why_nobody(rule, on=local_date(request.at)),
            "robots": rule.robots.filter(is_active=True),
            "may_test": request.user.has_perm("notices.change_reminderrule"),
            "people_in": found.counts.get("", 0),
            "left_out": [(Reason(reason).label, n) for reason, n in found.counts.items() if reason],
            "rows": [(due, Reason(due.reason).label if due.reason else "") for due in found.people],
            "is_cut": sum(found.counts.values()) > len(found.people),
        }
        return TemplateResponse(request, "notices/admin/preview.html", context)
