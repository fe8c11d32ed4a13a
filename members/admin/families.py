"""Members' children for 六一 and 入园: counts for the staff; names with a reason and a fresh sign-in."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import KeysetAdmin, Menu
from core.clock import local_date
from core.errors import DomainError
from core.requests import SignedInRequest
from core.sealed import CannotOpen
from core.signin.afresh import asked_afresh
from members.forms.families import AgesForm, RevealForm
from members.models import FamilyMember
from members.rules.families import UNDER
from members.selectors.families import by_branch, children_between
from members.services import families


@admin.register(FamilyMember)
class FamilyMemberAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 40, "family_restroom"
    change_list_template = "admin/members/family_list.html"
    headers = (_("会员"), _("工号"), _("关系"), _("登记时间"), _("监护人同意"))
    unit = _("人")
    empty = _("还没有会员登记家庭成员。")
    fields = ("person", "relation", "created_at", "guardian_at")
    readonly_fields = ("person",)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member").defer("name", "birth_on")

    def row_of(self, row: FamilyMember, request: HttpRequest) -> list[Any]:
        agreed = {"text": gettext("已同意"), "kind": "good"} if row.guardian_at else ""
        return [
            row.member.name,
            row.member.staff_no,
            row.get_relation_display(),
            f"{row.created_at:%Y-%m-%d}",
            agreed,
        ]

    @admin.display(description=_("会员"))
    def person(self, row: FamilyMember) -> str:
        return str(row.member)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("children/", wrap(self.children), name="members_familymember_children"),
            path("names/", wrap(self.names), name="members_familymember_names"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def children(self, request: SignedInRequest) -> HttpResponse:
        """How many, by branch; without names."""
        if not request.user.has_perm("members.view_familymember"):
            raise PermissionDenied
        form = AgesForm(request.GET or None)
        asked = form.cleaned_data if form.is_valid() else {}
        ages: dict[str, Any] = {
            "youngest": asked.get("youngest") or 0,
            "under": asked.get("under") or UNDER,
            "on": asked.get("on") or local_date(request.at),
        }
        found = children_between(ages["youngest"], ages["under"], ages["on"])
        counts = [(branch, n) for branch, n in by_branch(found).items()]
        return self._shown(
            request, "admin/members/children.html", gettext("会员子女统计"), counts=counts, total=len(found), **ages
        )

    def names(self, request: SignedInRequest) -> HttpResponse:
        if not request.user.has_perm("members.reveal_familymember"):
            raise PermissionDenied
        return _asked_afresh(request, self)

    def named(self, request: SignedInRequest) -> HttpResponse:
        """Names and birth dates in this one answer, which nothing stores."""
        form = RevealForm(request.POST or None, initial=request.GET.dict() or {"under": UNDER})
        rows: Sequence[families.Named] = []
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                rows = families.reveal_children(
                    branch=given["branch"].pk if given["branch"] else None,
                    youngest=given["youngest"] or 0,
                    under=given["under"] or UNDER,
                    on=given["on"] or local_date(request.at),
                    reason=given["reason"],
                    actor=request.user,
                    at=request.at,
                )
            except DomainError as refused:
                form.add_error(None, refused.message)
            except CannotOpen:
                form.add_error(None, gettext("密文无法解开，请联系系统管理员核对密钥。"))
        return self._shown(
            request, "admin/members/children_names.html", gettext("会员子女名单"), form=form, rows=rows
        )

    def _shown(self, request: SignedInRequest, template: str, title: str, **given: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **given}
        answer = TemplateResponse(request, template, context)
        answer["Cache-Control"] = "no-store"
        return answer


@asked_afresh
def _asked_afresh(request: SignedInRequest, page: FamilyMemberAdmin) -> HttpResponse:
    return page.named(request)
