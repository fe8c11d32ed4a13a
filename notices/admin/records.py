"""Who was reminded, by which way, and what became of it: shown, never edited; what failed can be sent again."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import ChoiceFilter, Inline, KeysetAdmin, Menu
from core.clock import local_date
from core.requests import SignedInRequest
from notices.admin.resending import ResendAdmin
from notices.enums import Channel, DeliveryState, Reason
from notices.models import Delivery, Digest, Reminder, ReminderRule, RobotPost
from notices.services.resending import resend_digests, resend_failed

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


def time_of(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def reason_of(delivery: Delivery | Digest | RobotPost) -> str:
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


class PeriodFilter(DueFilter):
    title = _("所属日期")
    column = "period_on"


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
class DeliveryAdmin(ResendAdmin):
    menu, menu_order, icon = Menu.NOTICES, 30, "outgoing_mail"
    resend_service = staticmethod(resend_failed)
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
            time_of(delivery.sent_at),
        ]

    @display(description=_("对象"))
    def person_name(self, delivery: Delivery) -> str:
        return str(delivery.reminder.person)

    @display(description=_("原因"), empty_value="—")
    def why(self, delivery: Delivery) -> str | None:
        return reason_of(delivery) or None


@admin.register(Digest)
class DigestAdmin(ResendAdmin):
    menu, menu_order, icon = Menu.NOTICES, 35, "stacked_email"
    resend_service = staticmethod(resend_digests)
    list_filter = (StateFilter, PeriodFilter)
    keyset_order = ("-id",)
    headers = (_("收件人"), _("所属日期"), _("状态"), _("原因"), _("尝试次数"), _("下次重试"), _("送达时间"))
    empty = _("没有符合条件的摘要邮件。")
    fields = ("user", ("period_on", "created_at"), ("state", "why"), ("attempts", "next_try_at", "sent_at"))
    readonly_fields = ("user", "period_on", "created_at", "state", "why", "attempts", "next_try_at", "sent_at")

    def get_queryset(self, request: HttpRequest):
        return Digest.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("user")

    def row_of(self, digest: Digest, request: HttpRequest) -> list[Any]:
        return [
            str(digest.user),
            f"{digest.period_on:%Y-%m-%d}",
            {"text": digest.get_state_display(), "kind": KINDS[DeliveryState(digest.state)]},
            reason_of(digest),
            digest.attempts,
            time_of(digest.next_try_at),
            time_of(digest.sent_at),
        ]

    @display(description=_("原因"), empty_value="—")
    def why(self, digest: Digest) -> str | None:
        return reason_of(digest) or None
