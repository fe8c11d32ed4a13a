"""Claims for money's readers: the list, everything that is signed, and the signature of whose turn it is."""

from io import BytesIO
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.admin import ChoiceFilter, KeysetAdmin, Menu, MineFilter
from core.enums import FileKind
from core.files.serving import TYPES
from core.money import grouped, rmb_words
from core.requests import SignedInRequest
from finance.admin.signing import sign_all_view, sign_view
from finance.enums import ExpenseKind, ExpenseState
from finance.forms_expenses import SampleForm
from finance.models import Expense
from finance.querysets import SIGNERS
from finance.selectors_expenses import waits_for
from finance.services import printing_expenses
from finance.story import story_of

KINDS = {
    ExpenseState.PAID: "good",
    ExpenseState.REJECTED: "bad",
    ExpenseState.WITHDRAWN: "quiet",
    ExpenseState.DRAFT: "quiet",
}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = ExpenseState.choices, "state"


class KindFilter(ChoiceFilter):
    title, parameter_name = _("类别"), "kind"
    known, column = ExpenseKind.choices, "kind"


@admin.register(Expense)
class ExpenseAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.FINANCE, 15, "request_quote"
    change_list_template = "admin/finance/expense_list.html"
    change_form_template = "admin/finance/expense.html"
    list_filter = (MineFilter, StateFilter, KindFilter)
    search_fields = ("purpose",)
    search_help_text = _("用途、申请人、收款人或发票号码")
    keyset_order = ("-id",)
    headers = (_("单号"), _("申请人"), _("分工会"), _("用途"), _("提交"), _("状态"), _("待审批"), _("金额（元）"))
    number_columns = frozenset({7})
    unit = _("份")
    empty = _("没有符合条件的报销单。")
    fields = (
        ("numbered", "state_words"),
        ("applicant", "entered_by", "branch"),
        ("yuan", "words"),
        ("kind", "purpose"),
        "line_name",
        ("payee_name", "payee_bank", "account"),
        ("minute", "next_step"),
    )
    readonly_fields = ("numbered", "state_words", "yuan", "words", "line_name", "account", "next_step")

    def get_queryset(self, request: HttpRequest):
        return Expense.objects.visible_to(request.user).filter(round__gt=0).told()

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        invoices = Q(pk__in=Expense.objects.filter(invoices__number=term.upper()).values("pk"))
        found = Q(purpose__icontains=term) | Q(applicant__name=term) | Q(payee_name=term) | invoices
        return queryset.filter(found), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset

    def row_of(self, row: Expense, request: SignedInRequest) -> list[Any]:
        return [
            str(row),
            row.applicant.name,
            row.branch.short_name if row.branch else "",
            row.purpose,
            f"{timezone.localtime(row.submitted_at):%Y-%m-%d}" if row.submitted_at else "",
            {"text": row.get_state_display(), "kind": KINDS.get(ExpenseState(row.state), "warn")},
            row.get_waits_for_display(),  # type: ignore[attr-defined]
            grouped(row.amount),
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("sample/", wrap(self.sample), name="finance_expense_sample"),
            path("sign/", wrap(self.sign_all), name="finance_expense_sign_all"),
            path("<int:pk>/decide/", wrap(self.decide), name="finance_expense_decide"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        given = {
            "waiting": Expense.objects.waiting_for(request.user).count(),
            "may_sample": request.user.has_perm("finance.sample_expense"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **given})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal() and (row := self.get_queryset(request).filter(pk=int(object_id)).first()):
            given |= story_of(row)
            given["decides"] = Expense.objects.waiting_for(request.user).filter(pk=row.pk).exists()
        return super().change_view(request, object_id, form_url, given)

    def decide(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """同意、退回 or 不予报销, for the desk whose turn it is; under what the page shows."""
        if not request.user.holds(*SIGNERS):
            raise PermissionDenied
        return sign_view(request, self, get_object_or_404(self.get_queryset(request), pk=pk))

    def sign_all(self, request: SignedInRequest) -> HttpResponse:
        """Several of those that wait for me, under one fresh sign-in."""
        if not request.user.holds(*SIGNERS):
            raise PermissionDenied
        return sign_all_view(request, self)

    def sample(self, request: SignedInRequest) -> HttpResponse | FileResponse:
        """经审抽样: so many claims of a year by a seed, as a sheet."""
        if not request.user.has_perm("finance.sample_expense"):
            raise PermissionDenied
        form = SampleForm(request.POST or None, initial={"year": clock.local_date(request.at).year})
        if request.method == "POST" and form.is_valid():
            content = printing_expenses.take_sample(**form.cleaned_data, actor=request.user, at=request.at)
            name = gettext("报销单抽样%(year)s.xlsx") % form.cleaned_data
            return FileResponse(
                BytesIO(content), as_attachment=True, filename=name, content_type=TYPES[FileKind.XLSX]
            )
        shown = {
            "title": gettext("报销单抽样"),
            "form": form,
            "explain": gettext(
                "从该年度已批准和已支付的报销单中随机抽取，附发票、审批人、付款和记账序号；抽样记入审计。"
            ),
            "back": reverse("admin:finance_expense_changelist"),
            "button": gettext("抽样导出"),
        }
        return TemplateResponse(request, "admin/act.html", {**self.admin_site.each_context(request), **shown})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description=_("单号"))
    def numbered(self, row: Expense) -> str:
        return str(row)

    @admin.display(description=_("状态"))
    def state_words(self, row: Expense) -> str:
        return str(row.get_state_display())  # type: ignore[attr-defined]

    @admin.display(description=_("金额（元）"))
    def yuan(self, row: Expense) -> str:
        return grouped(row.amount)

    @admin.display(description=_("大写"))
    def words(self, row: Expense) -> str:
        return gettext("人民币%(words)s") % {"words": rmb_words(row.amount)}

    @admin.display(description=_("预算"))
    def line_name(self, row: Expense) -> str:
        return str(row.line)

    @admin.display(description=_("收款账号"))
    def account(self, row: Expense) -> str:
        return f"****{row.payee_account_last4}"

    @admin.display(description=_("现在等"), empty_value="—")
    def next_step(self, row: Expense) -> str | None:
        return waits_for(row) or None
