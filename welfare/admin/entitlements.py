"""The people of the runs: who is due what, who is not and why."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import KeysetAdmin, Menu
from core.money import grouped
from core.requests import SignedInRequest
from members.models import Member
from welfare.admin.filters import BranchFilter, EntitlementStateFilter, ReasonFilter, RunFilter
from welfare.enums import EntitlementState
from welfare.models import Entitlement

KINDS = {EntitlementState.RECEIVED: "good", EntitlementState.LISTED: "warn"}


@admin.register(Entitlement)
class EntitlementAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 20, "groups"
    change_list_template = "admin/welfare/entitlement_list.html"
    list_filter = (RunFilter, BranchFilter, EntitlementStateFilter, ReasonFilter)
    search_fields = ("member__name",)
    search_help_text = _("姓名、拼音或工号")
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("发放"), _("分工会"), _("金额（元）"), _("状态"), _("原因"), _("日期"))
    number_columns = frozenset({4})
    unit = _("人次")
    empty = _("没有符合条件的记录。")
    fields = (
        ("member", "benefit"),
        ("branch", "yuan"),
        ("state_words", "received_on"),
        ("reason_words", "reason_on"),
    )
    readonly_fields = ("yuan", "state_words", "reason_words")

    def get_queryset(self, request: HttpRequest):
        return Entitlement.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        if not search_term.strip():
            return queryset, False
        found = Member.objects.search(search_term)
        return queryset.filter(Q(member__in=found.values("pk"))), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("member", "benefit", "branch")

    def row_of(self, row: Entitlement, request: SignedInRequest) -> list[Any]:
        state = EntitlementState(row.state)
        day = row.received_on or row.reason_on
        return [
            row.member.name,
            row.member.staff_no,
            str(row.benefit),
            row.branch.short_name if row.branch else "",
            grouped(row.amount) if row.amount else "",
            {"text": str(state.label), "kind": KINDS.get(state, "quiet")},
            row.get_reason_display() if row.reason else "",  # type: ignore[attr-defined]
            f"{day:%Y-%m-%d}" if day else "",
        ]

    @display(description=_("金额（元）"))
    def yuan(self, row: Entitlement) -> str:
        return grouped(row.amount)

    @display(description=_("状态"))
    def state_words(self, row: Entitlement) -> str:
        return str(EntitlementState(row.state).label)

    @display(description=_("原因"), empty_value="—")
    def reason_words(self, row: Entitlement) -> str:
        return row.get_reason_display() if row.reason else ""  # type: ignore[attr-defined, no-any-return]
