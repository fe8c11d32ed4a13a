"""Reminder rules, and for each a page that says who will get it on a day and who will not."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import HouseForm, KeysetAdmin, Menu
from core.calendar.lunar import FIRST_YEAR, LAST_YEAR
from core.clock import local_date
from core.requests import SignedInRequest
from notices import selectors
from notices.enums import Channel, Reason
from notices.models import ReminderRule
from notices.services.keeping import FIELDS, keep_rule


class ReminderRuleForm(HouseForm):
    channels = forms.MultipleChoiceField(
        label=_("渠道"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ReminderRule
        fields = FIELDS
        help_texts = {
            "code": _("英文字母、数字和连字符，使用后不再更改。"),
            "occasion": _("只有节日规则填写。"),
            "offset_days": _("0 为当天，最多 60 天。"),
            "skip_after_days": _("系统停机等原因耽误后，超过这个天数就不再补发，只作记录。"),
            "subject": _(
                "可用占位符：{name} 姓名、{days} 还有几天、{occasion} 节日或生日、{date} 日期、{branch} 分工会。"
            ),
            "body": _("纯文本，占位符同上。不要写证件号、银行卡号、病情等信息。"),
            "service_critical": _("勾选后会员不能关闭，请慎用。"),
        }


class OnForm(forms.Form):
    """The day asked about; lunar festivals are known for certain years only."""

    on = forms.DateField(label=_("日期"), required=False)

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        if on is not None and not FIRST_YEAR < on.year < LAST_YEAR:
            raise forms.ValidationError(_("日期超出农历可推算的范围。"))
        return on


class ActiveFilter(SimpleListFilter):
    title, parameter_name = _("状态"), "active"

    def lookups(self, request: HttpRequest, model_admin):
        return [("yes", _("启用")), ("no", _("停用"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() not in ("yes", "no") else queryset.filter(is_active=self.value() == "yes")


@admin.register(ReminderRule)
class ReminderRuleAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 10, "event_repeat"
    form = ReminderRuleForm
    change_form_template = "notices/admin/rule_form.html"
    list_filter = (ActiveFilter,)
    keyset_order = ("id",)
    headers = (_("名称"), _("类型"), _("提前天数"), _("对象"), _("渠道"), _("已执行至"), _("状态"))
    unit = _("条规则")
    fieldsets = (
        (None, {"fields": (("name", "code"), ("kind", "occasion"), ("audience", "channels"))}),
        (_("时间"), {"fields": (("offset_days", "skip_after_days"),)}),
        (_("文字"), {"fields": ("subject", "body")}),
        (_("执行"), {"fields": (("is_active", "service_critical"),)}),
    )

    def get_queryset(self, request: HttpRequest):
        return ReminderRule.objects.visible_to(request.user)

    def row_of(self, rule: ReminderRule, request: HttpRequest) -> list[Any]:
        return [
            rule.name,
            rule.get_occasion_display() or rule.get_kind_display(),
            gettext("当天") if rule.offset_days == 0 else rule.offset_days,
            rule.get_audience_display(),
            "、".join(str(Channel(channel).label) for channel in rule.channels),
            f"{rule.covered_until_on:%Y-%m-%d}" if rule.covered_until_on else "—",
            {"text": _("启用"), "kind": "good"} if rule.is_active else {"text": _("停用"), "kind": "quiet"},
        ]

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> ReminderRule:
        rule = form.instance if change else None
        return keep_rule(actor=request.user, rule=rule, values=form.cleaned_data, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "<int:pk>/preview/", self.admin_site.admin_view(self.preview), name="notices_reminderrule_preview"
        )
        return [preview, *super().get_urls()]

    @method_decorator(require_safe)
    def preview(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Who will get it on a day, and who will not and why; changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = get_object_or_404(self.get_queryset(request), pk=pk)
        form = OnForm(request.GET if "on" in request.GET else None)
        asked = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
        on = asked or local_date(request.at)
        found = selectors.preview(rule, on=on)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("预览：%(name)s") % {"name": rule.name},
            "opts": self.opts,
            "rule": rule,
            "rule_url": reverse("admin:notices_reminderrule_change", args=[rule.pk]),
            "form": form,
            "on": on,
            "people_in": found.counts.get("", 0),
            "left_out": [(Reason(reason).label, n) for reason, n in found.counts.items() if reason],
            "rows": [(due, Reason(due.reason).label if due.reason else "") for due in found.people],
            "is_cut": sum(found.counts.values()) > len(found.people),
        }
        return TemplateResponse(request, "notices/admin/preview.html", context)
