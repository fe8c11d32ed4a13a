"""Applications in the browser admin: what waits for whom, preparing for a meeting, the chair's approval."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import attachments
from core.admin import ChoiceFilter, KeysetAdmin, Menu, MineFilter
from core.admin.acts import act_page
from core.enums import Role
from core.masks import mask_kept4, mask_phone
from core.requests import SignedInRequest
from members import joining_rights, joining_story
from members.enums import JoinState
from members.forms.life import ApproveForm, DecideForm, PrepareForm
from members.models import JoinApplication
from members.selectors.life import applications_waiting_for
from members.services import admission

LIST = "admin:members_joinapplication_changelist"
KINDS = {JoinState.ADMITTED: "good", JoinState.REJECTED: "bad", JoinState.WITHDRAWN: "quiet"}
SAID = {
    "approve": _("分工会审核同意"),
    "return": _("退回补正"),
    "reject": _("不予批准"),
}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = [choice for choice in JoinState.choices if choice[0] != JoinState.DRAFT], "state"


@admin.register(JoinApplication)
class JoinApplicationAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 25, "person_add"
    change_list_template = "admin/members/join_list.html"
    change_form_outer_after_template = "admin/members/join_links.html"
    list_filter = (MineFilter, StateFilter)
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("分工会"), _("提交"), _("会议"), _("状态"))
    unit = _("份")
    empty = _("没有符合条件的入会申请。")
    fields = (
        ("name", "staff_no"),
        ("sex", "birth_on"),
        ("branch", "department_name"),
        ("duty", "title"),
        ("ethnicity", "education"),
        ("political_status", "native_place"),
        ("masked_phone", "id_end"),
        ("hired_on", "other_union"),
        ("resume", "statement"),
        ("state_words", "next_step"),
        ("minute", "document"),
        ("document_on", "joins_on"),
        ("said", "member"),
    )
    readonly_fields = ("staff_no", "masked_phone", "id_end", "state_words", "next_step")

    def get_queryset(self, request: HttpRequest):
        return JoinApplication.objects.visible_to(request.user).filter(submitted_at__isnull=False)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("branch", "applicant")

    def row_of(self, row: JoinApplication, request: HttpRequest) -> list[Any]:
        return [
            row.name,
            row.applicant.username,
            row.branch,
            f"{timezone.localtime(row.submitted_at):%Y-%m-%d}" if row.submitted_at else "",
            row.minute,
            {"text": row.get_state_display(), "kind": KINDS.get(JoinState(row.state), "warn")},
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("prepare/", wrap(self.prepare), name="members_joinapplication_prepare"),
            path("approve/", wrap(self.approve), name="members_joinapplication_approve"),
            path("<int:pk>/decide/", wrap(self.decide), name="members_joinapplication_decide"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        user = cast(SignedInRequest, request).user
        ready = JoinApplication.objects.filter(state=JoinState.BRANCH_APPROVED)
        more = {
            "to_prepare": user.holds(Role.UNION_STAFF) and ready.filter(prepared_by__isnull=True).count(),
            "to_approve": user.holds(Role.CHAIR) and ready.filter(prepared_by__isnull=False).count(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal() and (row := self.get_queryset(request).filter(pk=int(object_id)).first()):
            given |= {
                "steps": joining_story.steps_of(row),
                "papers": list(attachments.of(row)),
                "decides": joining_rights.decides_now(cast(SignedInRequest, request).user, row),
            }
        return super().change_view(request, object_id, form_url, given)

    def prepare(self, request: SignedInRequest) -> HttpResponse:
        """提交会议审批: by union staff, many at once."""
        self._only(request, Role.UNION_STAFF)
        rows = self._reviewed(request).filter(prepared_by__isnull=True)
        form = PrepareForm(request.POST or None, rows=rows)

        def act(data: dict[str, Any]) -> str:
            chosen = list(data.pop("applications"))
            admission.prepare(applications=chosen, actor=request.user, at=request.at, **data)
            return gettext("%(count)s 份申请已提交会议审批，待主席批准。") % {"count": len(chosen)}

        return self._page(request, "members.prepare", gettext("提交会议审批"), form, act, gettext("提交"))

    def approve(self, request: SignedInRequest) -> HttpResponse:
        """批量批准: by the chair, all who were ticked or none."""
        self._only(request, Role.CHAIR)
        form = ApproveForm(request.POST or None, rows=self._reviewed(request).filter(prepared_by__isnull=False))

        def act(data: dict[str, Any]) -> str:
            acts = admission.register_collectively(
                applications=list(data["applications"]), actor=request.user, at=request.at
            )
            return gettext("已批准 %(count)s 人入会。") % {"count": len(acts)}

        said = gettext("同一次会议批准的一起办理：全部成功，或一个也不办。自己审核、提交或申请的不能批准。")
        return self._page(request, "members.approve", gettext("批准入会"), form, act, gettext("批准"), explain=said)

    def decide(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """One application: return or reject it; where the branch has no officer, staff review it here."""
        if not request.user.has_perm("members.view_joinapplication"):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("branch"), pk=pk)
        if not joining_rights.works_on_it(request.user, row):
            raise PermissionDenied
        form = DecideForm(request.POST or None, choices=_choices(request, row))

        def act(data: dict[str, Any]) -> str:
            given = {"application": row, "actor": request.user, "at": request.at}
            if data["do"] == "approve":
                admission.branch_approve(opinion=data["said"], **given)
            elif data["do"] == "return":
                admission.return_for_correction(reason=data["said"], **given)
            else:
                admission.reject(reason=data["said"], **given)
            return gettext("已办理：%(what)s。") % {"what": SAID[data["do"]]}

        return self._page(
            request, "members.decide", f"{row.name}：{row.get_state_display()}", form, act, gettext("确定")
        )

    def _reviewed(self, request: SignedInRequest):
        ready = applications_waiting_for(request.user).filter(state=JoinState.BRANCH_APPROVED)
        return ready.select_related("branch", "applicant")

    def _only(self, request: SignedInRequest, role: Role) -> None:
        if not request.user.holds(role):
            raise PermissionDenied

    def _page(self, request, name, title, form, act, button, *, explain=""):
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return act_page(
            request, name=name, title=title, form=form, act=act, back=reverse(LIST), button=button, explain=explain,
            context=context,
        )  # fmt: skip

    @display(description=_("工号"))
    def staff_no(self, row: JoinApplication) -> str:
        return row.applicant.username

    @display(description=_("手机号码"), empty_value="—")
    def masked_phone(self, row: JoinApplication) -> str | None:
        return mask_phone(row.phone) or None

    @display(description=_("身份证号"), empty_value="—")
    def id_end(self, row: JoinApplication) -> str | None:
        return mask_kept4(row.id_number_last4) or None

    @display(description=_("状态"))
    def state_words(self, row: JoinApplication) -> str:
        return row.get_state_display()

    @display(description=_("下一步"), empty_value="—")
    def next_step(self, row: JoinApplication) -> str | None:
        who = joining_story.waits_for(row)
        return gettext("待%(who)s办理") % {"who": who} if who else None


def _choices(request: SignedInRequest, row: JoinApplication) -> list[tuple[str, Any]]:
    """What this user may do with it now; all of it is asked of the service again."""
    if not joining_rights.decides_now(request.user, row):
        return [("return", SAID["return"])]
    if row.state == JoinState.SUBMITTED:
        return list(SAID.items())
    return [(do, said) for do, said in SAID.items() if do == "return" or (do == "reject" and row.is_prepared)]
