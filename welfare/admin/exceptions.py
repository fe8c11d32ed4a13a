"""Changes of frozen lists: what was asked for, and the decision by another person."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import KeysetAdmin, Menu, MineFilter
from core.admin.acts import act_on
from core.requests import SignedInRequest
from finance.admin.lines import key_of
from welfare.admin.filters import ExceptionStateFilter
from welfare.enums import ExceptionState
from welfare.forms import DecisionForm
from welfare.models import BenefitException
from welfare.services import exceptions

KINDS = {ExceptionState.APPROVED: "good", ExceptionState.REJECTED: "bad"}


@admin.register(BenefitException)
class BenefitExceptionAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 30, "edit_note"
    change_form_outer_after_template = "admin/welfare/exception_links.html"
    list_filter = (MineFilter, ExceptionStateFilter)
    keyset_order = ("-id",)
    headers = (_("发放"), _("例外"), _("姓名"), _("工号"), _("分工会"), _("原因"), _("提出人"), _("状态"))
    unit = _("项")
    empty = _("没有符合条件的名单例外。")
    fields = (
        *(("benefit", "kind_words", "state_words"), ("member", "branch", "heir"), "reason"),
        *(("asked_by", "asked_at"), ("decided_by", "decided_at"), "said"),
    )
    readonly_fields = ("kind_words", "state_words")

    def get_queryset(self, request: HttpRequest):
        return BenefitException.objects.visible_to(request.user)

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("benefit", "member", "branch", "heir", "asked_by")

    def row_of(self, row: BenefitException, request: SignedInRequest) -> list[Any]:
        return [
            str(row.benefit),
            row.get_kind_display(),  # type: ignore[attr-defined]
            _names(row),
            row.member.staff_no,
            row.branch.short_name if row.branch else "",
            row.reason,
            row.asked_by.name,
            {"text": row.get_state_display(), "kind": KINDS.get(ExceptionState(row.state), "warn")},  # type: ignore[attr-defined]
        ]

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", decide, name="welfare_benefitexception_decide"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        waiting = BenefitException.objects.waiting_for(request.user)
        known = object_id.isdecimal() and len(object_id) < 19
        decides = known and waiting.filter(pk=int(object_id)).exists()
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "decides": decides})

    def decide(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """By another person than who asked, and never on oneself."""
        if not request.user.has_perm("welfare.decide_benefitexception"):
            raise PermissionDenied
        rows = self.for_rows(self.get_queryset(request), request)
        row = get_object_or_404(rows, pk=pk)

        def act(given: dict[str, Any]) -> str:
            by: dict[str, Any] = {"exception": row, "actor": request.user, "at": request.at}
            if given["do"] == "approve":
                exceptions.approve_exception(key=key_of(request), **by)
                return gettext("已批准，名单已更改。")
            exceptions.reject_exception(reason=given["reason"], **by)
            return gettext("已作不予批准处理。")

        facts = {"kind": row.get_kind_display(), "name": _names(row), "by": row.asked_by.name}  # type: ignore[attr-defined]
        where = f"（{row.branch.short_name}）" if row.branch else ""
        said = gettext("%(by)s提出：%(kind)s%(name)s") % facts
        return act_on(
            self,
            request,
            row,
            act,
            name="welfare.benefitexception.decide",
            title=gettext("名单例外：%(run)s") % {"run": row.benefit},
            explain=f"{said}{where}。{row.reason}",
            form=DecisionForm(request.POST or None),
            button=gettext("确定"),
        )

    @display(description=_("例外"))
    def kind_words(self, row: BenefitException) -> str:
        return str(row.get_kind_display())  # type: ignore[attr-defined]

    @display(description=_("状态"))
    def state_words(self, row: BenefitException) -> str:
        return str(row.get_state_display())  # type: ignore[attr-defined]


def _names(row: BenefitException) -> str:
    """张三, or 张三 → 李四 where it is passed on."""
    return f"{row.member.name} → {row.heir.name}" if row.heir else row.member.name
