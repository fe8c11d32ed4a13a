"""Budget lines: budget, committed, actual, left; revision, transfer and income from the line's own page."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import intents
from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.money import grouped
from core.requests import SignedInRequest
from finance.admin.accounts import SideFilter
from finance.enums import Side, YearState
from finance.forms import IncomeForm, LineForm, RevisionForm, SpendForm, TransferForm
from finance.models import BudgetLine, FiscalYear
from finance.services import budget, by_hand, ledger
from finance.services.budget import Change
from finance.services.ledger import Part
from members.models import Branch

SHOWN = 50  # entries on the line's page; the others are in the list
NEARLY = 90  # percent


def key_of(request: SignedInRequest) -> UUID:
    """The page's intent key is the act's; ``intents.once`` has read it before."""
    return UUID(request.POST[intents.FIELD])


class YearFilter(ChoiceFilter):
    """The newest year that is carried out, until another one is asked for."""

    title, parameter_name, column = _("年度"), "year", "year"
    newest: str | None = None

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        years = FiscalYear.objects.values_list("pk", "year", "state")[:30]
        running = [str(pk) for pk, _year, state in years if state == YearState.OPEN]
        self.newest = next(iter([*running, *(str(pk) for pk, _year, _state in years)]), None)
        return [(str(pk), f"{year}年") for pk, year, _state in years]

    def value(self) -> str | None:
        return super().value() or self.newest


class BranchFilter(ChoiceFilter):
    title, parameter_name = _("分工会"), "branch"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        used = Branch.objects.filter(budget_lines__isnull=False).distinct().order_by("position", "pk")
        return [("0", _("校工会统筹")), *((str(pk), name) for pk, name in used.values_list("pk", "short_name"))]

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        return queryset.filter(branch__isnull=True) if value == "0" else queryset.filter(branch=value)


class UseFilter(ChoiceFilter):
    title, parameter_name = _("执行"), "use"
    known = (("nearly", _("已用九成以上")), ("held", _("有占用")), ("idle", _("尚未动用")))
    by = {
        "nearly": Q(side=Side.SPENDING, budget__gt=0, budget__lte=(F("reserved") + F("spent")) * 100 / NEARLY),
        "held": Q(reserved__gt=0),
        "idle": Q(reserved=0, spent=0, income=0),
    }


@admin.register(BudgetLine)
class BudgetLineAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.FINANCE, 10, "account_balance_wallet"
    form = LineForm
    list_filter = (YearFilter, SideFilter, BranchFilter, UseFilter)
    search_fields = ("project",)
    search_help_text = _("科目、项目或分工会")
    keyset_order = ("account_id", "id")
    headers = (
        *(_("科目"), _("分工会"), _("项目"), _("预算（元）"), _("已占用（元）")),
        *(_("已支出或已收入（元）"), _("可用（元）"), _("执行率")),
    )
    number_columns = frozenset({3, 4, 5, 6, 7})
    unit = _("项")
    empty = _("没有符合条件的预算。")
    fields = ("year", "account", ("branch", "project"), ("amount", "document"))
    change_form_template = "admin/finance/line.html"

    def get_queryset(self, request: HttpRequest):
        return BudgetLine.objects.visible_to(request.user)

    def get_fields(self, request: HttpRequest, obj=None):
        return (("year", "account"), ("branch", "project")) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("year", "account", "branch", "project") if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("finance.add_budgetline")

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        found = Q(project__icontains=term) | Q(branch__short_name__icontains=term) | Q(account__code__startswith=term)
        return queryset.filter(found | Q(account__name__icontains=term)), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.named()

    def row_of(self, line: BudgetLine, request: SignedInRequest) -> list[Any]:
        is_income = line.side == Side.INCOME
        actual = line.income if is_income else line.spent
        return [
            str(line.account),
            line.branch.short_name if line.branch else "",
            line.project,
            grouped(line.budget),
            "" if is_income else grouped(line.reserved),
            grouped(actual),
            "" if is_income else grouped(line.available),
            share_of(line),
        ]

    def save(self, request: SignedInRequest, form, change: bool) -> BudgetLine:
        given = {
            name: form.cleaned_data[name] for name in ("year", "account", "branch", "project", "amount", "document")
        }
        return budget.set_budget(**given, key=key_of(request), actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/revise/", wrap(self.revise), name="finance_budgetline_revise"),
            path("<int:pk>/transfer/", wrap(self.transfer), name="finance_budgetline_transfer"),
            path("<int:pk>/income/", wrap(self.income), name="finance_budgetline_income"),
            path("<int:pk>/spend/", wrap(self.spend), name="finance_budgetline_spend"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given = {**(extra_context or {}), **self._beside(request, object_id)}
        return super().change_view(request, object_id, form_url, given)

    def _beside(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """The line's figures, newest entries and open commitments, and what may be done with it."""
        line = self.get_queryset(request).named().filter(pk=object_id).first() if object_id.isdecimal() else None
        if line is None:
            return {}
        may_read = request.user.has_perm("finance.view_entry")
        entries = line.entries.select_related("year", "actor") if may_read else line.entries.none()
        is_closed = line.year.state == YearState.CLOSED
        return {
            "line": line,
            "share": share_of(line),
            "is_income": line.side == Side.INCOME,
            "may_read": may_read,
            "entries": entries[:SHOWN],
            "more": max(entries.count() - SHOWN, 0),
            "held": line.commitments.open().select_related("entry__year") if may_read else (),
            "may_revise": request.user.has_perm("finance.revise_budgetline") and not is_closed,
            "may_allot": request.user.has_perm("finance.add_allotment")
            and line.branch_id is None
            and line.side == Side.SPENDING
            and not is_closed,
            "may_book": request.user.has_perm("finance.add_entry") and line.year.state == YearState.OPEN,
        }

    def _one(self, request: SignedInRequest, pk: int, code: str) -> BudgetLine:
        if not request.user.has_perm(f"finance.{code}"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).named(), pk=pk)

    def revise(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """More or less budget, on a reason and a document."""
        line = self._one(request, pk, "revise_budgetline")

        def act(given: dict) -> str:
            changes = [Change(line, given.pop("by"))]
            budget.revise_budget(changes=changes, **given, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已调整预算。")

        facts = {"budget": grouped(line.budget), "left": grouped(line.available)}
        words = gettext("现预算 %(budget)s 元，可用 %(left)s 元；调减不能超过可用金额。") % facts
        form = RevisionForm(request.POST or None)
        return self._page(request, line, "revise", act, form, gettext("调整预算"), words, gettext("调整"))

    def transfer(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """From this line to another one."""
        line = self._one(request, pk, "revise_budgetline")

        def act(given: dict) -> str:
            budget.transfer_budget(out_of=line, **given, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已调剂预算。")

        words = gettext("从本项调出，可用 %(left)s 元；收支同向、同一年度。") % {"left": grouped(line.available)}
        form = TransferForm(request.POST or None, line=line)
        return self._page(request, line, "transfer", act, form, gettext("预算调剂"), words, gettext("调剂"))

    def income(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Money that came in on this line."""
        line = self._one(request, pk, "add_entry")

        def act(given: dict) -> str:
            parts = [Part(line, **given)]
            ledger.record_income(parts=parts, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已登记收入 %(amount)s 元。") % {"amount": grouped(given["amount"])}

        facts = {"budget": grouped(line.budget), "income": grouped(line.income)}
        words = gettext("预算 %(budget)s 元，已收入 %(income)s 元。登记后不能修改，只能冲销。") % facts
        form = IncomeForm(request.POST or None)
        return self._page(request, line, "income", act, form, gettext("登记收入"), words, gettext("登记"))

    def spend(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Money that went out without a claim or a run."""
        line = self._one(request, pk, "add_entry")

        def act(given: dict) -> str:
            by_hand.spend(line=line, **given, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已登记支出 %(amount)s 元。") % {"amount": grouped(given["amount"])}

        words = gettext("可用 %(left)s 元。报销和福利发放由各自的流程记账，不在这里登记；登记后不能修改，只能冲销。")
        form = SpendForm(request.POST or None)
        explain = words % {"left": grouped(line.available)}
        return self._page(request, line, "spend", act, form, gettext("登记支出"), explain, gettext("登记"))

    def _page(
        self, request: SignedInRequest, line: BudgetLine, name: str, act, form, title: str, explain: str, button: str
    ) -> HttpResponse:
        """One act on the line, and back to it."""
        return act_page(
            request,
            name=f"finance.line.{name}",
            title=f"{title}：{line.name}",
            explain=explain,
            form=form,
            act=act,
            back=reverse("admin:finance_budgetline_change", args=[line.pk]),
            button=button,
            context=self.admin_site.each_context(request),
        )


def share_of(line: BudgetLine) -> str:
    """支出: reserved and spent; income: what came in; of the budget."""
    done = line.income if line.side == Side.INCOME else line.reserved + line.spent
    return f"{done * 100 / line.budget:.1f}%" if line.budget else ""
