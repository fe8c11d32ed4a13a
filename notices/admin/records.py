"""Who was reminded, by which way, and what became of it: shown, never edited; what failed can be sent again."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from core.admin import ChoiceFilter, Inline, KeysetAdmin, Menu
from core.clock import local_date
from core.requests import SignedInRequest
from notices.enums import Channel, DeliveryState, Reason
from notices.models import Delivery, Reminder, ReminderRule, RobotPost
from notices.services.resending import CannotResend, resend_failed

KINDS = {
    DeliveryState.PENDING: "warn",
    DeliveryState.SENDING: "warn",
    DeliveryState.SENT: "good",
    DeliveryState.FAILED: "bad",
    DeliveryState.SKIPPED: "quiet",
}
PERIODS = {"today": (0, 0), "week": (-6, 0), "ahead": (1, 7), "month": (-30, 0)}


_REFUSALS = {
    "smtp": _("邮件服务器拒收 %(code)s"),
    "http": _("机器人服务器报错 %(code)s"),
    "errcode": _("机器人拒收，代码 %(code)s"),
}


def reason_of(delivery: Delivery | RobotPost) -> str:
    """The stored reason in words; the refusal of a server with its code."""
    if delivery.reason in Reason.values:
        return str(Reason(delivery.reason).label)
    who, _gap, code = delivery.reason.partition("_")
    return str(_REFUSALS[who]) % {"code": code} if who in _REFUSALS else delivery.reason


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = DeliveryState.choices, "state"


class ChannelFilter(ChoiceFilter):
    title, parameter_name = _("渠道"), "channel"
    known, column = Channel.choices, "channel"


class RuleFilter(ChoiceFilter):
    title, parameter_name = _("规则"), "rule"
    column = "rule__code"

    def lookups(self, request: HttpRequest, model_admin):
        return list(ReminderRule.objects.values_list("code", "name"))


class DueFilter(ChoiceFilter):
    title, parameter_name = _("应提醒日"), "due"
    known = (("today", _("今天")), ("week", _("最近 7 天")), ("month", _("最近 30 天")), ("ahead", _("今后 7 天")))
    column = "due_on"

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        today = local_date(cast(SignedInRequest, request).at)
        days = tuple(today + timedelta(days=ahead) for ahead in PERIODS[value])
        return queryset.filter(**{f"{self.column}__range": days})


class DeliveryRuleFilter(RuleFilter):
    column = "reminder__rule__code"


class DeliveryDueFilter(DueFilter):
    column = "reminder__due_on"


class DeliveryInline(Inline):
    model = Delivery
    verbose_name_plural = _("送达")
    fields = ("channel", "state", "why", "attempts", "sent_at")
    readonly_fields = fields

    @display(description=_("原因"), empty_value="—")
    def why(self, delivery: Delivery) -> str | None:
        return reason_of(delivery) or None


@admin.register(Reminder)
class ReminderAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 20, "notifications_active"
    list_filter = (DueFilter, RuleFilter)
    keyset_order = ("-id",)
    headers = (_("对象"), _("规则"), _("事项"), _("日子"), _("应提醒日"), _("送达"))
    empty = _("没有符合条件的提醒。")
    fields = (("person_name", "rule"), "about", ("occasion_year", "occasion_on", "due_on"), "created_at")
    readonly_fields = ("person_name", "rule", "about", "occasion_year", "occasion_on", "due_on", "created_at")
    inlines = (DeliveryInline,)

    def get_queryset(self, request: HttpRequest):
        return Reminder.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("rule", "member", "user").prefetch_related("deliveries")

    def row_of(self, reminder: Reminder, request: HttpRequest) -> list[Any]:
        reached = [
            f"{delivery.get_channel_display()} {delivery.get_state_display()}"
            for delivery in sorted(reminder.deliveries.all(), key=lambda delivery: delivery.channel)
        ]
        return [
            str(reminder.person),
            reminder.rule.name,
            reminder.about,
            f"{reminder.occasion_on:%Y-%m-%d}",
            f"{reminder.due_on:%Y-%m-%d}",
            "，".join(reached),
        ]

    @display(description=_("对象"))
    def person_name(self, reminder: Reminder) -> str:
        return str(reminder.person)


@admin.register(Delivery)
class DeliveryAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 30, "outgoing_mail"
    change_list_template = "notices/admin/delivery_list.html"
    change_form_template = "notices/admin/delivery_form.html"
    list_filter = (StateFilter, ChannelFilter, DeliveryDueFilter, DeliveryRuleFilter)
    keyset_order = ("-id",)
    headers = (_("对象"), _("规则"), _("应提醒日"), _("渠道"), _("状态"), _("原因"), _("尝试次数"), _("送达时间"))
    empty = _("没有符合条件的送达记录。")
    fields = (("person_name", "reminder"), ("channel", "state", "why"), ("attempts", "next_try_at", "sent_at"))
    readonly_fields = ("person_name", "reminder", "channel", "state", "why", "attempts", "next_try_at", "sent_at")

    def get_queryset(self, request: HttpRequest):
        return Delivery.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("reminder__rule", "reminder__member", "reminder__user")

    def row_of(self, delivery: Delivery, request: HttpRequest) -> list[Any]:
        reminder = delivery.reminder
        return [
            str(reminder.person),
            reminder.rule.name,
            f"{reminder.due_on:%Y-%m-%d}",
            delivery.get_channel_display(),
            {"text": delivery.get_state_display(), "kind": KINDS[DeliveryState(delivery.state)]},
            reason_of(delivery),
            delivery.attempts,
            f"{timezone.localtime(delivery.sent_at):%Y-%m-%d %H:%M}" if delivery.sent_at else "",
        ]

    @display(description=_("对象"))
    def person_name(self, delivery: Delivery) -> str:
        return str(delivery.reminder.person)

    @display(description=_("原因"), empty_value="—")
    def why(self, delivery: Delivery) -> str | None:
        return reason_of(delivery) or None

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        may_resend = request.user.has_perm("notices.resend_delivery")
        failed = self.get_queryset(request).filter(state=DeliveryState.FAILED).count() if may_resend else 0
        return super().changelist_view(request, {**(extra_context or {}), "failed": failed})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        may_resend = request.user.has_perm("notices.resend_delivery")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_resend": may_resend})

    def get_urls(self) -> list[URLPattern]:
        resend, one = self.admin_site.admin_view(self.resend), "<int:pk>/resend/"
        return [
            path("resend/", resend, name="notices_delivery_resend_all"),
            path(one, resend, name="notices_delivery_resend"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def resend(self, request: SignedInRequest, pk: int | None = None) -> HttpResponse:
        """失败重发: one, or all that failed."""
        if not request.user.has_perm("notices.resend_delivery"):
            raise PermissionDenied
        if pk is not None:
            get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            count = resend_failed(actor=request.user, ids=None if pk is None else [pk], at=request.at)
        except CannotResend as refused:
            messages.error(request, refused.message)
        else:
            messages.info(request, gettext("%(count)s 条已交后台重发。") % {"count": count})
        return redirect("admin:notices_delivery_changelist")
