"""Allotments to the branches: tried for a day and an amount per head, then booked in one act from the union's."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.money import grouped
from core.requests import SignedInRequest
from finance.admin.lines import YearFilter, key_of
from finance.codes import CannotBook, Refusal
from finance.enums import Side
from finance.forms import AllotForm, PerHeadForm
from finance.models import Allotment, BudgetLine
from finance.services import allotments
from finance.services.allotments import Plan, plan_of

EARLIER = 5  # allotments from the same line that the page tells of


class SourceYearFilter(YearFilter):
    column = "source__year"


@admin.register(Allotment)
class AllotmentAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.FINANCE, 25, "call_split"
    list_filter = (SourceYearFilter,)
    search_fields = ("text",)
    search_help_text = _("事由或项目")
    headers = (
        *(_("人数截止日"), _("事由"), _("拨出预算"), _("项目")),
        *(_("每人（元）"), _("人数"), _("合计（元）"), _("拨付日期")),
    )
    number_columns = frozenset({4, 5, 6})
    unit = _("次")
    empty = _("没有符合条件的拨付。拨付从校工会统筹的支出预算页发起。")
    fields = (("on", "source", "project"), ("text", "document"), ("each", "heads", "total"), ("made_by", "made_at"))
    readonly_fields = ("each", "total")
    change_form_template = "admin/finance/allotment.html"

    def get_queryset(self, request: HttpRequest):
        return Allotment.objects.visible_to(request.user).select_related("source__year", "source__account__parent")

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(text__icontains=term) | queryset.filter(project__icontains=term), False

    def row_of(self, made: Allotment, request: SignedInRequest) -> list[Any]:
        return [
            f"{made.on:%Y-%m-%d}",
            made.text,
            made.source.account.full_name,
            made.project,
            grouped(made.per_head),
            str(made.heads),
            grouped(made.amount),
            f"{local_date(made.made_at):%Y-%m-%d}",
        ]

    @display(description=_("每人（元）"))
    def each(self, made: Allotment) -> str:
        return grouped(made.per_head)

    @display(description=_("合计（元）"))
    def total(self, made: Allotment) -> str:
        return grouped(made.amount)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.allot)
        return [path("from/<int:pk>/", view, name="finance_allotment_from"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given = dict(extra_context or {})
        made = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        if made is not None:
            given["shares"] = made.shares.select_related("branch").order_by("pk")
        return super().change_view(request, object_id, form_url, given)

    def allot(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """From the line ``pk`` of the union: first what it would come to, in the address; then the act itself."""
        if not request.user.has_perm("finance.add_allotment"):
            raise PermissionDenied
        ours = BudgetLine.objects.visible_to(request.user).filter(branch=None, side=Side.SPENDING)
        line = get_object_or_404(ours.named(), pk=pk)
        tried, plan = _tried(request, local_date(request.at))
        shown = {"seen": plan.fingerprint, **tried.cleaned_data} if plan else {}
        form = AllotForm(request.POST or None, initial=shown)

        def act(given: dict) -> str:
            try:
                made = allotments.allot(out_of=line, **given, key=key_of(request), actor=request.user, at=request.at)
            except CannotBook as refused:
                if refused.code is Refusal.HEADS_CHANGED and plan:
                    form.show(plan.fingerprint)
                raise
            facts = {"number": made.shares.count(), "amount": grouped(made.amount)}
            return gettext("已向 %(number)s 个分工会拨付 %(amount)s 元。") % facts

        earlier = Allotment.objects.filter(source=line).order_by("-pk")[:EARLIER]
        context = {"line": line, "tried": tried, "plan": plan, "earlier": earlier}
        return act_page(
            request,
            name="finance.allotment",
            title=gettext("分工会拨付：%(line)s") % {"line": line.name},
            form=form,
            act=act,
            back=reverse("admin:finance_budgetline_change", args=[pk]),
            button=gettext("确认拨付"),
            template="admin/finance/allot.html",
            context={**self.admin_site.each_context(request), **context},
        )


def _tried(request: SignedInRequest, today: date) -> tuple[PerHeadForm, Plan | None]:
    """What was asked for, and what it comes to; None until it can be said."""
    asked = PerHeadForm(request.POST or request.GET or None, today=today)
    return asked, plan_of(**asked.cleaned_data) if asked.is_valid() else None
