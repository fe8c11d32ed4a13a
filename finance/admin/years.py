"""Fiscal years: the year's statement, its tables on paper, and the steps plan, open, expire, close."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from core.admin import HouseAdmin, Menu
from core.admin.acts import act_on
from core.clock import local_date
from core.documents import CannotRender
from core.money import grouped
from core.requests import SignedInRequest
from finance.admin.comparison import comparison_file, comparison_view
from finance.admin.journal import journal_urls
from finance.admin.lines import key_of
from finance.documents import Paper
from finance.enums import Side, YearState
from finance.forms import OpenForm, YearForm
from finance.models import Commitment, FiscalYear
from finance.rules import ZERO
from finance.selectors import left_over, statement_of
from finance.services import years
from finance.services.printing import FORMATS, take_statement


@admin.register(FiscalYear)
class FiscalYearAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.FINANCE, 30, "event_note"
    form = YearForm
    list_display = ("__str__", "state", "planned_income", "planned_spending", "spent")
    fields = ("year", ("carried_over", "drawn"))
    change_form_template = "admin/finance/year.html"

    def get_queryset(self, request: HttpRequest):
        return (
            super()
            .get_queryset(request)
            .annotate(
                income_budget=Sum("lines__budget", filter=Q(lines__side=Side.INCOME)),
                spending_budget=Sum("lines__budget", filter=Q(lines__side=Side.SPENDING)),
                all_spent=Sum("lines__spent"),
            )
        )

    def get_fields(self, request: HttpRequest, obj=None):
        if obj is None:
            return self.fields
        shown = (("year", "state", "document"), ("carried", "uses"), ("planned_by", "opened_by", "closed_by"))
        return (*shown, ("planned_at", "opened_at", "closed_at"))

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return [name for row in self.get_fields(request, obj) for name in row] if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("finance.add_fiscalyear")

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The year after the newest one, with what the year before leaves."""
        newest = FiscalYear.objects.order_by("-year").values_list("year", flat=True).first()
        year = newest + 1 if newest else local_date(request.at).year  # type: ignore[attr-defined]
        return {"year": year, "carried_over": left_over(year) or 0, "drawn": 0}

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> FiscalYear:
        return years.plan_year(**form.cleaned_data, actor=request.user, at=request.at)

    @display(description=_("上年结转（元）"))
    def carried(self, year: FiscalYear) -> str:
        return grouped(year.carried_over)

    @display(description=_("动用以前年度结余（元）"))
    def uses(self, year: FiscalYear) -> str:
        return grouped(year.drawn)

    @display(description=_("预算收入（元）"))
    def planned_income(self, year: FiscalYear) -> str:
        return grouped(year.income_budget or ZERO)  # type: ignore[attr-defined]

    @display(description=_("预算支出（元）"))
    def planned_spending(self, year: FiscalYear) -> str:
        return grouped(year.spending_budget or ZERO)  # type: ignore[attr-defined]

    @display(description=_("已支出（元）"))
    def spent(self, year: FiscalYear) -> str:
        return grouped(year.all_spent or ZERO)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/open/", wrap(self.open), name="finance_fiscalyear_open"),
            path("<int:pk>/expire/", wrap(self.expire), name="finance_fiscalyear_expire"),
            path("<int:pk>/close/", wrap(self.close), name="finance_fiscalyear_close"),
            *journal_urls(self.admin_site),
            path("compare/", wrap(self.compare), name="finance_fiscalyear_compare"),
            path("compare.xlsx", wrap(self.compare_xlsx), name="finance_fiscalyear_compare_xlsx"),
            path("<int:pk>/<str:paper>.<str:format>", wrap(self.paper), name="finance_fiscalyear_paper"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given = dict(extra_context or {})
        year = FiscalYear.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if year is not None:
            user, today = request.user, local_date(request.at)  # type: ignore[attr-defined]
            is_over = today.year > year.year
            held = Commitment.objects.open().filter(line__year=year).count()
            may_close = user.has_perm("finance.close_fiscalyear") and year.state == YearState.OPEN and is_over
            given |= {
                "statement": statement_of(year),
                "held": held,
                "may_open": user.has_perm("finance.open_fiscalyear") and year.state == YearState.PLANNED,
                "may_close": may_close,
                "may_expire": may_close and held,
                "may_add": user.has_perm("finance.add_budgetline") and year.state != YearState.CLOSED,
                "may_print": user.has_perm("finance.print_budget"),
                "may_read_journal": user.has_perm("finance.view_journal"),
            }
        return super().change_view(request, object_id, form_url, given)

    def _one(self, request: SignedInRequest, pk: int, code: str) -> FiscalYear:
        if not request.user.has_perm(f"finance.{code}"):
            raise PermissionDenied
        return get_object_or_404(FiscalYear, pk=pk)

    def open(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """The chair puts the approved budget into force."""
        year = self._one(request, pk, "open_fiscalyear")

        def act(given: dict) -> str:
            years.open_year(year=year, **given, actor=request.user, at=request.at)
            return gettext("%(year)s预算已启用。") % {"year": year}

        sums = statement_of(year)
        facts = {
            "income": grouped(sums.income_total.budget),
            "spending": grouped(sums.spending_total.budget),
            "drawn": grouped(year.drawn),
        }
        words = gettext(
            "收入 %(income)s 元，动用以前年度结余 %(drawn)s 元，支出 %(spending)s 元。启用后只能凭文件调整。"
        )
        title = gettext("批准启用%(year)s预算") % {"year": year}
        named = {"name": "finance.year.open", "title": title, "button": gettext("启用")}
        form = OpenForm(request.POST or None)
        return act_on(self, request, year, act, **named, form=form, explain=words % facts)

    def expire(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Free what a year that is over still holds back."""
        year = self._one(request, pk, "close_fiscalyear")

        def act(given: dict) -> str:
            freed = years.expire_commitments(year=year, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已释放 %(number)s 笔占用。") % {"number": len(freed)}

        button = gettext("年终清理占用")
        said = gettext("全部释放；对应事项须在新年度重新安排。")
        title = f"{year}{button}"
        return act_on(self, request, year, act, name="finance.year.expire", title=title, button=button, explain=said)

    def close(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Nothing is booked into it any more."""
        year = self._one(request, pk, "close_fiscalyear")

        def act(given: dict) -> str:
            years.close_year(year=year, actor=request.user, at=request.at)
            return gettext("%(year)s已结账。") % {"year": year}

        button, said = gettext("结账"), gettext("结账后任何人不能再登记，也不能撤销。")
        title = f"{year}{button}"
        return act_on(self, request, year, act, name="finance.year.close", title=title, button=button, explain=said)

    @method_decorator(require_safe)
    def compare(self, request: SignedInRequest) -> HttpResponse:
        return comparison_view(request, context=self.admin_site.each_context(request))

    @method_decorator(require_safe)
    def compare_xlsx(self, request: SignedInRequest) -> FileResponse:
        return comparison_file(request)

    @method_decorator(require_safe)
    def paper(self, request: SignedInRequest, pk: int, paper: str, format: str) -> HttpResponse | FileResponse:
        """预算表 or 决算表, as PDF or xlsx."""
        year = self._one(request, pk, "print_budget")
        if paper not in Paper.values or format not in FORMATS:
            raise Http404
        try:
            content = take_statement(year=year, paper=Paper(paper), format=format, actor=request.user, at=request.at)
        except CannotRender as missing:
            messages.error(request, missing.message)
            return redirect("admin:finance_fiscalyear_change", pk)
        filename = f"{year}{Paper(paper).label}.{format}"
        return FileResponse(BytesIO(content), filename=filename, as_attachment=format != "pdf")
