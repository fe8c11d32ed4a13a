"""What happened and what is stuck: the audit for its administrator, unfinished work for the system's."""

import json
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from core.admin.base import KeysetAdmin, Menu
from core.admin.filters import ChoiceFilter
from core.enums import Role
from core.models import AuditEntry, OutboxMessage
from core.requests import SignedInRequest
from core.services import releasing

# What an action code ends in, as people say it; tests/core/test_action_words.py holds every code of ours.
VERBS = {
    "access_refused": _("被拒绝"),
    "acknowledged": _("确认处理"),
    "admitted": _("批准入会"),
    "allotted": _("拨付"),
    "answered": _("答复"),
    "appointed": _("任职"),
    "bank_card_revealed": _("查看银行卡号原文"),
    "booked": _("登记缴纳"),
    "budget_revised": _("调整预算"),
    "budget_set": _("编制预算"),
    "branch_approved": _("分工会同意"),
    "birthday_chosen": _("选择生日历法"),
    "cards_printed": _("打印会员证"),
    "changed": _("修改"),
    "closed": _("结账"),
    "commented": _("填写分工会意见"),
    "completed": _("出师（结业）"),
    "approved": _("审批同意"),
    "confirmed": _("核实"),
    "contact_changed": _("修改联系方式"),
    "corrected": _("撤销"),
    "created": _("新建"),
    "data_exported": _("下载本人数据"),
    "deleted": _("删除"),
    "disabled": _("停用"),
    "dropped": _("移出批次"),
    "discarded": _("放弃"),
    "enabled": _("启用"),
    "ended": _("终止"),
    "expired": _("占用到期释放"),
    "exported": _("导出"),
    "failed": _("未完成"),
    "failed_rows_exported": _("下载未导入的行"),
    "freed": _("释放占用"),
    "given": _("确认"),
    "granted": _("授予"),
    "id_number_revealed": _("查看身份证号原文"),
    "imported": _("导入"),
    "invitation_used": _("使用登录凭条"),
    "invited": _("生成登录凭条"),
    "issued": _("编发"),
    "loaded": _("载入预设"),
    "made": _("生成"),
    "list_exported": _("导出清单"),
    "mapped": _("指定各栏"),
    "opened": _("批准启用"),
    "password_changed": _("修改密码"),
    "phone_revealed": _("查看手机号码全号"),
    "paid": _("支付"),
    "payment_bounced": _("登记付款退回"),
    "planned": _("编制"),
    "prepared": _("提交审批"),
    "printed": _("打印"),
    "received": _("登记收入"),
    "recalled": _("撤回"),
    "reopened": _("收回修改"),
    "recorded": _("登记"),
    "applied": _("采用"),
    "dismissed": _("不采用"),
    "distinguished": _("认定不是同一人"),
    "merged": _("合并"),
    "accepted": _("核实采用"),
    "unreadable": _("无法读取"),
    "scanned": _("查找"),
    "superseded": _("失效"),
    "taken": _("比对"),
    "rejected": _("不予批准"),
    "refunded": _("登记退回"),
    "released": _("重新投递"),
    "requested": _("申请"),
    "reserved": _("占用"),
    "resent": _("重新发送"),
    "resumed": _("恢复"),
    "returned": _("退回补正"),
    "revealed": _("查看原文"),
    "reversed": _("冲销"),
    "noted": _("登记领取"),
    "assigned": _("分配默认"),
    "sheet_printed": _("打印签领表"),
    "delivery_printed": _("打印配送单"),
    "note_reversed": _("撤销领取登记"),
    "reviewed": _("年度考核"),
    "roll_printed": _("打印名册"),
    "rotated": _("轮换"),
    "scored": _("考核"),
    "second_factor_added": _("启用双重验证"),
    "second_factor_removed": _("停用双重验证"),
    "sign_in_refused": _("登录被拒绝"),
    "signed": _("签署"),
    "signed_in": _("登录"),
    "signed_out": _("退出"),
    "spent": _("支出"),
    "submitted": _("提交"),
    "supplemented": _("补充名单"),
    "taken_back": _("撤回同意"),
    "tested": _("测试发送"),
    "told": _("通知读者"),
    "published": _("发布"),
    "undone": _("撤销"),
    "uploaded": _("上传"),
    "viewed": _("查看"),
    "withdrawn": _("撤回"),
    "asked": _("提出"),
    "cancelled": _("取消"),
    "drafted": _("拟定"),
    "frozen": _("定名单"),
    "settled": _("结清"),
    "started": _("开始"),
}
# Things that are no table of ours.
NOUNS = {
    "core.field_key": _("加密密钥"),
    "members.card": _("会员证号"),
    "members.chart": _("组织机构图"),
    "members.ceremony": _("仪式名单"),
    "core.request": _("请求"),
    "members.roster": _("花名册"),
    "notices.preference": _("通知设置"),
}


def words_of(action: str) -> str:
    """``core.user.created`` -> ``登录账号：新建``; an unknown code is shown as it is."""
    thing, _dot, verb = action.rpartition(".")
    try:
        noun = NOUNS.get(thing) or apps.get_model(thing)._meta.verbose_name
        return f"{noun}：{VERBS[verb]}"
    except (LookupError, ValueError):
        return action


class PeriodFilter(ChoiceFilter):
    title, parameter_name = _("时间"), "days"
    known = (("1", _("最近 24 小时")), ("7", _("最近 7 天")), ("30", _("最近 30 天")))

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        return queryset.filter(at__gte=cast(SignedInRequest, request).at - timedelta(days=int(value)))


@admin.register(AuditEntry)
class AuditEntryAdmin(KeysetAdmin):
    change_list_template = "core/admin/audit_list.html"
    menu, menu_order, icon = Menu.SYSTEM, 40, "history"
    search_fields = ("actor_username",)
    search_help_text = _("操作人工号，或行为代码开头")
    list_filter = (PeriodFilter,)
    keyset_order = ("-position",)
    headers = (_("时间"), _("操作人"), _("角色"), _("行为"), _("结果"), _("对象"), _("涉及会员"), _("依据或事由"))
    unit = _("条")
    empty = _("没有符合条件的审计记录。")
    fields = (
        ("position", "at", "recorded_at"),
        ("actor_username", "roles", "address"),
        ("action_words", "target_type", "target_id"),
        ("subject", "basis"),
        "details",
        ("state_before", "state_after"),
        "previous_hash",
        "hash",
    )
    readonly_fields = ("roles", "action_words", "details")

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(actor_username=term) | Q(action__startswith=term)), False

    def row_of(self, entry: AuditEntry, request: SignedInRequest) -> list[Any]:
        return [
            f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            entry.actor_username or _("系统"),
            self.roles(entry),
            words_of(entry.action),
            {"text": _("拒绝"), "kind": "warn"} if entry.refused else {"text": _("成功"), "kind": "quiet"},
            entry.target_id,
            "" if entry.subject is None else entry.subject,
            entry.basis,
        ]

    @display(description=_("当时角色"), empty_value="—")
    def roles(self, entry: AuditEntry) -> str:
        known = dict(Role.choices)
        return "、".join(str(known.get(role, role)) for role in entry.actor_roles)

    @display(description=_("行为"))
    def action_words(self, entry: AuditEntry) -> str:
        return words_of(entry.action)

    @display(description=_("详情"))
    def details(self, entry: AuditEntry) -> str:
        return json.dumps(entry.data, ensure_ascii=False, indent=1)


class OutboxStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known = (("parked", _("已搁置")), ("waiting", _("待处理")))
    by = {"parked": Q(parked_at__isnull=False), "waiting": Q(parked_at__isnull=True)}


@admin.register(OutboxMessage)
class OutboxMessageAdmin(KeysetAdmin):
    """Only what is not done: parked work first of all needs somebody to look."""

    menu, menu_order, icon = Menu.SYSTEM, 50, "outbox"
    change_form_template = "core/admin/outbox_form.html"
    list_filter = (OutboxStateFilter,)
    keyset_order = ("-created_at", "-id")
    headers = (_("任务"), _("写入时间"), _("执行次数"), _("最近错误"), _("状态"))
    unit = _("件")
    empty = _("没有积压的任务。")
    fields = (("name", "created_at", "due_at"), ("published", "published_at", "attempts"), "parked_at", "last_error")

    def get_queryset(self, request: HttpRequest):
        return OutboxMessage.objects.filter(done_at__isnull=True)

    def row_of(self, message: OutboxMessage, request: SignedInRequest) -> list[Any]:
        parked = message.parked_at is not None
        return [
            message.name,
            f"{timezone.localtime(message.created_at):%Y-%m-%d %H:%M}",
            message.attempts,
            message.last_error,
            {"text": _("已搁置") if parked else _("待处理"), "kind": "bad" if parked else "warn"},
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        may_release = request.user.has_perm("core.release_outboxmessage")
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "may_release": may_release}
        )

    def get_urls(self) -> list[URLPattern]:
        release = self.admin_site.admin_view(self.release)
        return [path("<uuid:pk>/release/", release, name="core_outboxmessage_release"), *super().get_urls()]

    @method_decorator(require_POST)
    def release(self, request: SignedInRequest, pk: UUID) -> HttpResponse:
        """重新投递: one that was parked."""
        if not request.user.has_perm("core.release_outboxmessage"):
            raise PermissionDenied
        message = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            releasing.release(actor=request.user, message=message, at=request.at)
        except releasing.CannotRelease as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, gettext("已重新投递。"))
        return redirect("admin:core_outboxmessage_changelist")
