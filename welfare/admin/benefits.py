"""Benefit runs: the list, a run's page with its next step, branches, reasons and what happened."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from core.admin import KeysetAdmin, Menu, MineFilter
from core.clock import local_date
from core.money import grouped
from core.requests import SignedInRequest
from welfare import story
from welfare.admin.deliveries import BenefitDelivery
from welfare.admin.filters import BenefitStateFilter, OccasionFilter, YearFilter
from welfare.admin.steps import BenefitSteps
from welfare.enums import CHANGEABLE, BenefitState, Verdict
from welfare.forms import BenefitForm
from welfare.models import Benefit
from welfare.services import drafting
from welfare.services.drafting import FACTS
from welfare.services.sheets import PRINTED_IN

KINDS = {
    BenefitState.DRAFT: "quiet",
    BenefitState.SETTLED: "good",
    BenefitState.CANCELLED: "bad",
}


@admin.register(Benefit)
class BenefitAdmin(BenefitSteps, BenefitDelivery, KeysetAdmin):
    menu, menu_order, icon = Menu.WELFARE, 10, "redeem"
    form = BenefitForm
    change_list_template = "admin/welfare/benefit_list.html"
    change_form_template = "admin/welfare/benefit.html"
    list_filter = (MineFilter, YearFilter, OccasionFilter, BenefitStateFilter)
    search_fields = ("name",)
    search_help_text = _("名称")
    keyset_order = ("-id",)
    headers = (
        *(_("名称"), _("事由"), _("截止日"), _("每人（元）"), _("人数"), _("金额（元）"), _("标准"), _("状态")),
    )
    number_columns = frozenset({3, 4, 5})
    unit = _("次")
    empty = _("没有符合条件的发放。")
    fields = (("occasion", "name"), ("eligible_on", "month"), ("per_head", "year"), "line", "leaves_out", "note")

    def get_queryset(self, request: HttpRequest):
        return Benefit.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        return queryset.filter(name__icontains=search_term.strip()), False

    def row_of(self, row: Benefit, request: SignedInRequest) -> list[Any]:
        state = BenefitState(row.state)
        words = str(state.label) + ("（补登）" if row.recorded_afterwards else "")
        warned = row.verdict == Verdict.WARNED
        return [
            str(row),
            row.get_occasion_display(),  # type: ignore[attr-defined]
            story.cut_off_of(row),
            grouped(row.per_head),
            row.people or "",
            grouped(row.total) if row.people else "",
            {"text": row.get_verdict_display(), "kind": "warn" if warned else "quiet"} if row.verdict else "",  # type: ignore[attr-defined]
            {"text": words, "kind": KINDS.get(state, "warn")},
        ]

    def has_change_permission(self, request: HttpRequest, obj: Benefit | None = None) -> bool:
        """Facts are typed while there is no list."""
        is_draft = obj is None or obj.state == BenefitState.DRAFT
        return is_draft and super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"eligible_on": local_date(request.at)}  # type: ignore[attr-defined]

    def save(self, request: SignedInRequest, form, change: bool) -> Benefit:
        given = {name: form.cleaned_data[name] for name in FACTS if name in form.cleaned_data}
        if not change:
            return drafting.draft(**given, actor=request.user, at=request.at)
        day = given.get("eligible_on")
        given["year"] = given.get("year") or (day or local_date(request.at)).year
        return drafting.change(benefit=form.instance, values=given, actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        return [*self.step_urls(), *self.delivery_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        waiting = Benefit.objects.waiting_for(request.user).count()
        return super().changelist_view(request, {**(extra_context or {}), "waiting": waiting})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given = {**(extra_context or {}), **self._beside(request, object_id)}
        return super().change_view(request, object_id, form_url, given)

    def _beside(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """The run's figures, its branches and reasons, what happened, and what may be done."""
        people = ("made_by", "frozen_by", "approved_by", "started_by", "settled_by", "cancelled_by")
        rows = self.get_queryset(request).select_related(*people, "line__account__parent", "line__branch", "rule")
        run = rows.filter(pk=int(object_id)).first() if object_id.isdecimal() and len(object_id) < 19 else None
        if run is None:
            return {}
        return {
            "run": run,
            "cut_off": story.cut_off_of(run),
            "next_step": story.waits_for(run),
            "shares": story.shares_of(run) if run.frozen_at else [],
            "reasons": story.reasons_of(run) if run.frozen_at else [],
            "steps": story.steps_of(run),
            "exceptions": run.exceptions.select_related("member", "heir", "branch", "asked_by", "decided_by")[:50],
            **self._may(request, run),
        }

    def _may(self, request: HttpRequest, run: Benefit) -> dict[str, bool]:
        state, can = run.state, request.user.has_perm
        before = state in (BenefitState.DRAFT, BenefitState.FROZEN)
        ends = state != BenefitState.CANCELLED and (state != BenefitState.SETTLED or run.recorded_afterwards)
        return {
            "may_freeze": state == BenefitState.DRAFT and can("welfare.freeze_benefit"),
            "may_line": before and can("welfare.change_benefit"),
            "may_approve": Benefit.objects.waiting_for(request.user).filter(pk=run.pk).exists()
            and state == BenefitState.FROZEN,
            "may_start": state == BenefitState.APPROVED and can("welfare.start_benefit"),
            "may_date": state == BenefitState.HANDING_OUT and can("welfare.start_benefit"),
            "may_settle": state == BenefitState.HANDING_OUT and can("welfare.settle_benefit"),
            "may_except": state in CHANGEABLE and can("welfare.ask_benefitexception"),
            "may_cancel": ends and can("welfare.cancel_benefit"),
            "may_sheets": state in PRINTED_IN and can("welfare.print_all_sheets"),
            "may_try": state == BenefitState.DRAFT,
        }
