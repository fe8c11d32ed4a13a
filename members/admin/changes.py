"""Requests to change one's file, in the browser admin: before and after, who said what, the decision."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import attachments
from core.admin import ChoiceFilter, KeysetAdmin, Menu, MineFilter
from core.admin.acts import act_page
from core.requests import SignedInRequest
from members import change_story
from members.enums import ChangeState
from members.forms.own import DecideChangeForm
from members.models import ProfileChange
from members.services import profile_changes

KINDS = {ChangeState.ACCEPTED: "good", ChangeState.REJECTED: "bad", ChangeState.WITHDRAWN: "quiet"}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = ChangeState.choices, "state"


@admin.register(ProfileChange)
class ProfileChangeAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 26, "edit_note"
    change_list_template = "admin/members/waiting_list.html"
    change_form_outer_after_template = "admin/members/change_links.html"
    list_filter = (MineFilter, StateFilter)
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("栏目"), _("提交"), _("分工会意见"), _("状态"))
    unit = _("份")
    empty = _("没有符合条件的变更申请。")
    fields = (("member", "state_words"), ("submitted_at", "next_step"), "reason")
    readonly_fields = ("state_words", "next_step")

    def get_queryset(self, request: HttpRequest):
        return ProfileChange.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member")

    def row_of(self, row: ProfileChange, request: HttpRequest) -> list[Any]:
        return [
            row.member.name,
            row.member.staff_no,
            "、".join(change_story.label_of(name) for name in row.after),
            f"{timezone.localtime(row.submitted_at):%Y-%m-%d}",
            row.branch_word,
            {"text": row.get_state_display(), "kind": KINDS.get(ChangeState(row.state), "warn")},
        ]

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", decide, name="members_profilechange_decide"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        waiting = ProfileChange.objects.filter(state=ChangeState.SUBMITTED).waiting_for(request.user).count()
        return super().changelist_view(request, {**(extra_context or {}), "waiting": waiting})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        rows = self.get_queryset(request).select_related("member", "branch_word_by", "decided_by")
        if object_id.isdecimal() and (row := rows.filter(pk=int(object_id)).first()):
            given |= {
                "differences": change_story.differences(row),
                "steps": change_story.steps_of(row),
                "papers": list(attachments.of(row)),
                "decides": ProfileChange.objects.filter(pk=row.pk, state=ChangeState.SUBMITTED)
                .waiting_for(request.user)
                .exists(),
            }
        return super().change_view(request, object_id, form_url, given)

    def decide(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """同意、退回 or 不予更正: by union staff, never on one's own file."""
        if not request.user.has_perm("members.decide_profilechange"):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("member"), pk=pk)

        def act(data: dict[str, Any]) -> str:
            given: dict[str, Any] = {"change": row, "actor": request.user, "at": request.at}
            match data["do"]:
                case "accept":
                    profile_changes.accept(**given)
                    return gettext("已更正登记，本人会收到消息。")
                case "return":
                    profile_changes.return_for_correction(reason=data["reason"], **given)
                    return gettext("已退回补正，本人会收到消息。")
                case _:
                    profile_changes.reject(reason=data["reason"], **given)
                    return gettext("已作不予更正处理，本人会收到消息。")

        context = self.admin_site.each_context(request) | {"differences": change_story.differences(row)}
        return act_page(
            request,
            name="members.profile_change.decide",
            title=gettext("审核信息变更：%(name)s") % {"name": row.member.name},
            explain=gettext("同意后立即写入花名册。提交后登记内容被改动过的，须退回本人。"),
            form=DecideChangeForm(request.POST or None),
            act=act,
            back=reverse("admin:members_profilechange_change", args=[pk]),
            button=gettext("确定"),
            template="admin/members/change_decide.html",
            context=context,
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description=_("状态"))
    def state_words(self, row: ProfileChange) -> str:
        return str(row.get_state_display())  # type: ignore[attr-defined]

    @admin.display(description=_("现在等"), empty_value="—")
    def next_step(self, row: ProfileChange) -> str | None:
        return change_story.waits_for(row) or None
