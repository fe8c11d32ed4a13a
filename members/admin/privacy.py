"""Requests about personal data, what people are told and agree to, and emptying what is no longer needed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import ChoiceFilter, HouseAdmin, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.errors import DomainError
from core.forms import EmptyForm
from core.requests import SignedInRequest
from members.enums import SubjectState
from members.forms.own import AnswerForm
from members.models import ConsentText, SubjectRequest
from members.retention import TERMS
from members.services import consents, erasing, subject_requests

LIST = "admin:members_subjectrequest_changelist"
KINDS = {SubjectState.OPEN: "warn", SubjectState.GRANTED: "good", SubjectState.REFUSED: "bad"}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = SubjectState.choices, "state"


@admin.register(SubjectRequest)
class SubjectRequestAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 27, "privacy_tip"
    change_list_template = "admin/members/subject_list.html"
    change_form_outer_after_template = "admin/members/subject_links.html"
    list_filter = (StateFilter,)
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("事项"), _("提交"), _("答复期限"), _("状态"))
    unit = _("件")
    empty = _("没有符合条件的请求。")
    fields = (
        ("member", "kind", "state_words"),
        ("submitted_at", "due_on", "due_rule"),
        "text",
        "answer",
        ("basis", "answered_by", "closed_at"),
    )
    readonly_fields = ("state_words",)

    def get_queryset(self, request: HttpRequest):
        return SubjectRequest.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member")

    def row_of(self, row: SubjectRequest, request: SignedInRequest) -> list[Any]:
        late = row.state == SubjectState.OPEN and row.due_on < local_date(request.at)
        state = {"text": row.get_state_display(), "kind": KINDS.get(SubjectState(row.state), "quiet")}
        return [
            row.member.name,
            row.member.staff_no,
            row.get_kind_display(),
            f"{timezone.localtime(row.submitted_at):%Y-%m-%d}",
            row.due_on,
            {"text": _("已超期"), "kind": "bad"} if late else state,
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/answer/", wrap(self.answer), name="members_subjectrequest_answer"),
            path("<int:pk>/erase/", wrap(self.erase_one), name="members_subjectrequest_erase_one"),
            path("erase/", wrap(self.erase), name="members_subjectrequest_erase"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        more = {
            "waiting": SubjectRequest.objects.waiting_for(request.user).count(),
            "may_erase": request.user.has_perm("members.erase_member"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal():
            given["answers"] = SubjectRequest.objects.waiting_for(request.user).filter(pk=int(object_id)).exists()
        return super().change_view(request, object_id, form_url, given)

    def _one(self, request: SignedInRequest, pk: int, code: str) -> SubjectRequest:
        if not request.user.has_perm(f"members.{code}"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).select_related("member"), pk=pk)

    def answer(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Answer in words, with the article."""
        row = self._one(request, pk, "answer_subjectrequest")

        def act(data: dict[str, Any]) -> str:
            outcome = SubjectState(data.pop("outcome"))
            subject_requests.answer_request(request=row, outcome=outcome, actor=request.user, at=request.at, **data)
            return gettext("已答复，本人会收到消息。")

        return self._page(
            request,
            pk,
            name="members.subject.answer",
            title=gettext("答复个人信息请求：%(name)s") % {"name": row.member.name},
            explain=row.text,
            form=AnswerForm(request.POST or None),
            act=act,
            button=gettext("答复"),
        )

    def erase_one(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Empty the contact data of the person who asked, as far as the table allows."""
        row = self._one(request, pk, "erase_member")

        def act(data: dict[str, Any]) -> str:
            erased = erasing.erase_one(member=row.member, actor=request.user, at=request.at)
            return gettext("已清除 %(count)s 栏，清除记录已登记。") % {"count": len(erased.fields)}

        return self._page(
            request,
            pk,
            name="members.subject.erase_one",
            title=gettext("清除联系信息：%(name)s") % {"name": row.member.name},
            explain=gettext("只清除保存期限已满的联系方式、紧急联系人和备注，不能恢复；会籍、会费、审计不动。"),
            form=EmptyForm(request.POST or None),
            act=act,
            button=gettext("清除"),
        )

    def erase(self, request: SignedInRequest) -> HttpResponse:
        """The dry run for everybody whose term is over, then the act."""
        if not request.user.has_perm("members.erase_member"):
            raise PermissionDenied

        def act(data: dict[str, Any]) -> str:
            return gettext("已清除 %(count)s 人的联系信息。") % {
                "count": erasing.erase_due(actor=request.user, at=request.at)
            }

        try:
            due = erasing.due_for_erasure(on=local_date(request.at))
            facts = {"count": due.people.count(), "day": f"{due.until:%Y-%m-%d}", "rule": due.rule}
            explain = gettext("%(day)s 前离会、联系信息还在的有 %(count)s 人（%(rule)s）。清除后不能恢复。") % facts
        except DomainError as refused:
            explain = refused.message
        return self._page(
            request,
            None,
            name="members.subject.erase",
            title=gettext("清除到期的联系信息"),
            explain=explain,
            form=EmptyForm(request.POST or None),
            act=act,
            button=gettext("清除"),
        )

    def _page(self, request: SignedInRequest, pk: int | None, **page: Any) -> HttpResponse:
        back = reverse(LIST) if pk is None else reverse("admin:members_subjectrequest_change", args=[pk])
        context = self.admin_site.each_context(request) | {"terms": TERMS}
        return act_page(request, back=back, template="admin/members/subject_act.html", context=context, **page)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description=_("状态"))
    def state_words(self, row: SubjectRequest) -> str:
        return str(row.get_state_display())  # type: ignore[attr-defined]


@admin.register(ConsentText)
class ConsentTextAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.RULES, 60, "contract"
    list_display = ("kind", "version", "from_on")
    fields = (("kind", "version"), "from_on", "text")

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def save(self, request: SignedInRequest, form, change: bool) -> ConsentText:
        return consents.publish_text(actor=request.user, at=request.at, **form.cleaned_data)
