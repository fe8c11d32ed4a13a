"""Payment batches: made, handed to the bank as a file, ticked off; read by all of money's readers."""

from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_on, act_page
from core.enums import FileKind
from core.errors import DomainError
from core.files.serving import TYPES
from core.forms import ReasonForm
from core.money import grouped
from core.requests import SignedInRequest
from finance.enums import BatchState, PaymentState, YearState
from finance.forms_expenses import BatchForm, FileForm, PaidForm
from finance.models import Expense, FiscalYear, Payment, PaymentBatch
from finance.services import payments, printing_expenses


class BatchStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = BatchState.choices, "state"


@admin.register(PaymentBatch)
class PaymentBatchAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.FINANCE, 16, "payments"
    change_list_template = "admin/finance/batch_list.html"
    change_form_template = "admin/finance/batch.html"
    list_filter = (BatchStateFilter,)
    keyset_order = ("-id",)
    headers = (_("批次"), _("制单人"), _("制单"), _("导出"), _("状态"), _("笔数"), _("合计（元）"))
    number_columns = frozenset({5, 6})
    unit = _("批")
    empty = _("没有符合条件的付款批次。")
    fields = (("numbered", "state_words"), ("made_by", "made_at"), ("count", "sum"), ("handed_at", "done_at"))
    readonly_fields = ("numbered", "state_words", "sum")

    def get_queryset(self, request: HttpRequest):
        return PaymentBatch.objects.visible_to(request.user)

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("made_by")

    def row_of(self, row: PaymentBatch, request: SignedInRequest) -> list[Any]:
        handed = f"{timezone.localtime(row.handed_at):%Y-%m-%d %H:%M}" if row.handed_at else ""
        return [
            str(row),
            row.made_by.name,
            f"{timezone.localtime(row.made_at):%Y-%m-%d %H:%M}",
            handed,
            {"text": row.get_state_display(), "kind": "good" if row.state == BatchState.DONE else "warn"},
            row.count,
            grouped(row.total),
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("make/", wrap(self.make), name="finance_paymentbatch_make"),
            path("<int:pk>/file/", wrap(self.file), name="finance_paymentbatch_file"),
            path("<int:pk>/list.<str:format>", wrap(self.list), name="finance_paymentbatch_list"),
            path("<int:pk>/paid/", wrap(self.paid), name="finance_paymentbatch_paid"),
            path("payment/<int:pk>/drop/", wrap(self.drop), name="finance_paymentbatch_drop"),
            path("payment/<int:pk>/bounce/", wrap(self.bounce), name="finance_paymentbatch_bounce"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        may_pay = request.user.has_perm("finance.pay_expense")
        waiting = Expense.objects.payable().count() if may_pay else 0
        year = FiscalYear.objects.exclude(state=YearState.PLANNED).first()  # the newest one
        shown = {"waiting": waiting, "may_pay": may_pay, "year": year}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal() and (row := self.get_queryset(request).filter(pk=int(object_id)).first()):
            rows = list(row.payments.select_related("expense__applicant", "paid_by"))
            may_pay = request.user.has_perm("finance.pay_expense")
            waits = any(payment.state == PaymentState.WAITING for payment in rows)
            given |= {"batch": row, "rows": rows, "may_pay": may_pay, "waits": waits}
        return super().change_view(request, object_id, form_url, given)

    def make(self, request: SignedInRequest) -> HttpResponse:
        """A new batch of what is approved and in no live payment."""
        self._ask(request)

        def act(given: dict[str, Any]) -> str:
            made = payments.make_batch(expenses=given["expenses"], actor=request.user, at=request.at)
            facts = {"batch": made, "count": made.count, "total": grouped(made.total)}
            return gettext("已生成付款批次 %(batch)s，%(count)s 笔，合计 %(total)s 元。") % facts

        return act_page(
            request,
            name="finance.batch.make",
            title=gettext("新建付款批次"),
            explain=gettext("勾选一并支付的报销单；同一报销单只能在一个未了结的批次中。"),
            form=BatchForm(request.POST or None, payable=Expense.objects.payable()),
            act=act,
            back=reverse("admin:finance_paymentbatch_changelist"),
            button=gettext("生成批次"),
            context=self.admin_site.each_context(request),
        )

    def file(self, request: SignedInRequest, pk: int) -> HttpResponse | FileResponse:
        """The bank's file: marked as handed over first, then sent; once by itself."""
        self._ask(request)
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        form = FileForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                content = payments.hand_over(batch=batch, **given, actor=request.user, at=request.at)
            except DomainError as refused:
                form.add_error(None, refused.message)
            else:
                name = f"{batch}.{given['format']}"
                return FileResponse(
                    BytesIO(content), as_attachment=True, filename=name, content_type=TYPES[given["format"]]
                )
        explain = gettext("文件含完整账号，只用于上传银行，导出会记入审计。每批只能直接导出一次。")
        shown = {
            "title": gettext("导出银行文件 %(batch)s") % {"batch": batch},
            "form": form,
            "explain": explain,
            "back": reverse("admin:finance_paymentbatch_change", args=[pk]),
            "button": gettext("导出"),
        }
        return TemplateResponse(request, "admin/act.html", {**self.admin_site.each_context(request), **shown})

    @method_decorator(require_safe)
    def list(self, request: SignedInRequest, pk: int, format: str) -> HttpResponse | FileResponse:
        """付款清单, for whoever reads the batch."""
        if not request.user.has_perm("finance.view_paymentbatch"):
            raise PermissionDenied
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        if format not in printing_expenses.FORMATS:
            raise Http404
        try:
            content = printing_expenses.take_list(batch=batch, format=format, actor=request.user, at=request.at)
        except DomainError as missing:
            messages.error(request, missing.message)
            return redirect("admin:finance_paymentbatch_change", pk)
        name = gettext("付款清单%(batch)s") % {"batch": batch}
        return FileResponse(BytesIO(content), filename=f"{name}.{format}", content_type=TYPES[FileKind(format)])

    def paid(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Tick off what the bank carried out."""
        self._ask(request)
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        waiting = batch.payments.filter(state=PaymentState.WAITING).select_related("expense")

        def act(given: dict[str, Any]) -> str:
            rows = [row.pk for row in given["payments"]]
            payments.mark_paid(batch=batch, payments=rows, actor=request.user, at=request.at)
            return gettext("已登记支付 %(count)s 笔。") % {"count": len(rows)}

        return act_on(
            self,
            request,
            batch,
            act,
            name="finance.batch.paid",
            title=gettext("登记支付 %(batch)s") % {"batch": batch},
            explain=gettext("对照银行回单勾选；登记后占用转为支出，不能修改，被退回的另作登记。"),
            form=PaidForm(request.POST or None, waiting=waiting),
            button=gettext("登记已支付"),
        )

    def drop(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Not carried out: out of the batch."""
        explain = gettext("该笔没有支付：移出本批次，不记账，可列入另一批次。")
        return self._one(request, pk, payments.drop_payment, gettext("移出批次"), explain)

    def bounce(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """The bank sent it back."""
        explain = gettext("银行已退回该笔款项：登记退回并重新占用预算，可再次支付；账号有误的由申请人收回修改。")
        explain += gettext(
            "原预算年度已结束的，冲销原支出（已结账的作本年度其他收入），由申请人改选本年度预算后重新提交。"
        )
        return self._one(request, pk, payments.bounce_payment, gettext("登记退回"), explain)

    def _one(self, request: SignedInRequest, pk: int, service: Any, button: str, explain: str) -> HttpResponse:
        self._ask(request)
        visible = Payment.objects.filter(batch__in=self.get_queryset(request))
        payment = get_object_or_404(visible.select_related("batch", "expense"), pk=pk)

        def act(given: dict[str, Any]) -> str:
            service(payment=payment, reason=given["reason"], actor=request.user, at=request.at)
            return gettext("%(claim)s：已%(done)s。") % {"claim": payment.expense, "done": button}

        named = {"name": f"finance.payment.{service.__name__}", "title": f"{button} {payment.expense}"}
        form = ReasonForm(request.POST or None)
        return act_on(self, request, payment.batch, act, **named, button=button, form=form, explain=explain)

    def _ask(self, request: SignedInRequest) -> None:
        if not request.user.has_perm("finance.pay_expense"):
            raise PermissionDenied

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @admin.display(description=_("批次"))
    def numbered(self, row: PaymentBatch) -> str:
        return str(row)

    @admin.display(description=_("状态"))
    def state_words(self, row: PaymentBatch) -> str:
        return str(row.get_state_display())  # type: ignore[attr-defined]

    @admin.display(description=_("合计（元）"))
    def sum(self, row: PaymentBatch) -> str:
        return grouped(row.total)
