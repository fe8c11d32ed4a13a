"""What the watch told, for the audit and the security administrator: looked into, and said what came of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from core.admin.base import HouseForm, KeysetAdmin, Menu
from core.admin.filters import ChoiceFilter
from core.models import Alert, User
from core.requests import SignedInRequest
from core.services import watching


class AcknowledgeForm(HouseForm):
    class Meta:
        model = Alert
        fields = ("note",)
        help_texts = {"note": _("查了什么、结论是什么。保存后不能再改。")}
        widgets = {"note": UnfoldAdminTextareaWidget}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "note" in self.fields:
            self.fields["note"].required = True

    def validate_constraints(self) -> None:
        """The service writes who and when beside the note."""


class OpenFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known = (("open", _("待处理")), ("done", _("已处理")))
    by = {"open": Q(acknowledged_at__isnull=True), "done": Q(acknowledged_at__isnull=False)}


@admin.register(Alert)
class AlertAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.SYSTEM, 35, "notification_important"
    form = AcknowledgeForm
    list_filter = (OpenFilter,)
    headers = (_("发生时间"), _("情形"), _("涉及"), _("次数"), _("处理人"), _("状态"))
    unit = _("条")
    empty = _("没有安全告警。")
    shown = ("story", "about", "count", "seen_at", "raised_at", "acknowledged_by", "acknowledged_at")
    fields = (("story", "about", "count"), ("seen_at", "raised_at"), ("acknowledged_by", "acknowledged_at"), "note")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """The watch alone raises one."""
        return [url for url in super().get_urls() if url.name != "core_alert_add"]

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj is None or obj.acknowledged_at is None else (*self.shown, "note")

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("acknowledged_by")

    def row_of(self, alert: Alert, request: SignedInRequest) -> list[Any]:
        done = alert.acknowledged_at is not None
        return [
            f"{timezone.localtime(alert.seen_at):%Y-%m-%d %H:%M}",
            alert.get_story_display(),
            alert.subject,
            alert.count,
            alert.acknowledged_by or "",
            {"text": _("已处理") if done else _("待处理"), "kind": "quiet" if done else "bad"},
        ]

    @display(description=_("涉及"), empty_value="—")
    def about(self, alert: Alert) -> str | None:
        """The person by name, anything else as it is."""
        kind, _colon, which = alert.subject.partition(":")
        if kind == "user" and which.isdecimal():
            return str(User.objects.filter(pk=int(which)).first() or which)
        return which or None

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Alert:
        note = form.cleaned_data["note"]
        return watching.acknowledge(actor=request.user, alert=form.instance, note=note, at=request.at)
