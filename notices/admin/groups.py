"""Group robots, and what was posted by them: failures with their reason, sent again by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from core.admin import HouseForm, KeysetAdmin, Menu
from core.requests import SignedInRequest
from notices.admin.records import KINDS, DueFilter, StateFilter, reason_of, time_of
from notices.admin.resending import ResendAdmin
from notices.enums import DeliveryState
from notices.models import Robot, RobotPost
from notices.services.keeping_robots import greet, keep_robot
from notices.services.resending import resend_posts


class RobotForm(HouseForm):
    """The address is taken, never shown: what is stored stays where nothing is typed."""

    address = forms.CharField(
        label=_("地址（Webhook）"),
        required=False,
        max_length=500,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "off"}),
        help_text=_("从群机器人设置里复制的完整地址，内含密钥：加密保存，不再显示。修改时不填则沿用原来的。"),
    )
    signing_secret = forms.CharField(
        label=_("加签密钥"),
        required=False,
        max_length=200,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "off"}),
        help_text=_("钉钉、飞书开启“加签”时填写。修改时不填则沿用原来的。"),
    )

    class Meta:
        model = Robot
        fields = ("name", "kind", "is_active")


@admin.register(Robot)
class RobotAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 40, "smart_toy"
    form = RobotForm
    change_form_template = "notices/admin/robot_form.html"
    keyset_order = ("id",)
    headers = (_("名称"), _("类型"), _("服务器"), _("状态"))
    unit = _("个机器人")
    empty = _("还没有群机器人。在企业微信、钉钉或飞书的群里添加机器人，把地址登记到这里。")
    fields = (("name", "kind"), "address", "signing_secret", "is_active")

    def get_queryset(self, request: HttpRequest):
        return Robot.objects.visible_to(request.user)

    def get_fields(self, request: HttpRequest, obj=None):
        return self.fields if self.has_change_permission(request, obj) else ("name", "kind", "host", "is_active")

    def row_of(self, robot: Robot, request: HttpRequest) -> list[Any]:
        state = {"text": _("启用"), "kind": "good"} if robot.is_active else {"text": _("停用"), "kind": "quiet"}
        return [robot.name, robot.get_kind_display(), robot.host, state]

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Robot:
        typed = form.cleaned_data
        return keep_robot(
            actor=request.user,
            robot=form.instance if change else None,
            **{field: typed[field] for field in ("name", "kind", "is_active")},
            url=typed["address"],
            secret=typed["signing_secret"],
            at=request.at,
        )

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        may_test = request.user.has_perm("notices.change_robot")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_test": may_test})

    def get_urls(self) -> list[URLPattern]:
        test = path("<int:pk>/test/", self.admin_site.admin_view(self.test), name="notices_robot_test")
        return [test, *super().get_urls()]

    @method_decorator(require_POST)
    def test(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """测试: one line in the group."""
        if not request.user.has_perm("notices.change_robot"):
            raise PermissionDenied
        greet(actor=request.user, robot=get_object_or_404(self.get_queryset(request), pk=pk), at=request.at)
        messages.info(request, gettext("测试消息已交后台发送，结果见群消息列表。"))
        return redirect("admin:notices_robotpost_changelist")


@admin.register(RobotPost)
class RobotPostAdmin(ResendAdmin):
    menu, menu_order, icon = Menu.NOTICES, 50, "forum"
    resend_service = staticmethod(resend_posts)
    caution = _("请先到群里核对：消息可能已经送达，重发会出现两条。")
    list_filter = (StateFilter, DueFilter)
    keyset_order = ("-id",)
    headers = (_("标题"), _("群机器人"), _("日期"), _("状态"), _("原因"), _("尝试次数"), _("送达时间"))
    empty = _("没有符合条件的群消息。")
    fields = (("robot", "due_on"), "subject", "body", ("state", "why"), ("attempts", "next_try_at", "sent_at"))
    readonly_fields = ("robot", "due_on", "subject", "body", "state", "why", "attempts", "next_try_at", "sent_at")

    def get_queryset(self, request: HttpRequest):
        return RobotPost.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("robot")

    def row_of(self, post: RobotPost, request: HttpRequest) -> list[Any]:
        return [
            post.subject,
            post.robot.name,
            f"{post.due_on:%Y-%m-%d}",
            {"text": post.get_state_display(), "kind": KINDS[DeliveryState(post.state)]},
            reason_of(post),
            post.attempts,
            time_of(post.sent_at),
        ]

    @display(description=_("原因"), empty_value="—")
    def why(self, post: RobotPost) -> str | None:
        return reason_of(post) or None
