"""Dues in the browser admin: the staff make a month's list, the accountant books it, everybody else reads."""

from io import BytesIO
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from core.admin import ChoiceFilter, HouseAdmin, Inline, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.forms import EmptyForm
from core.requests import SignedInRequest
from members import arrears
from members.enums import DuesWay
from members.forms.dues import (
    DuesListForm,
    PayBasisForm,
    PayFileForm,
    PaymentForm,
    PayrollForm,
    ReversalForm,
)
from members.models import DuesLine, DuesList, DuesPayment, Member, PayBasis
from members.services import dues
from members.services.pay_file import import_pay
from members.services.printing import print_dues_list

MOST_SHOWN = 50  # rows of a file that were left out


@admin.register(DuesList)
class DuesListAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.DUES, 10, "payments"
    form = DuesListForm
    list_display = ("__str__", "rate", "people", "due", "open", "frozen_at")
    change_form_template = "admin/members/dues_list.html"
    readonly_on_change = ("month", "rate", "rule", "frozen_by", "frozen_at")

    def get_fields(self, request: HttpRequest, obj=None):
        return (("month", "rate", "rule"), ("frozen_by", "frozen_at")) if obj else ("month",)

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.readonly_on_change if obj else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def save(self, request: SignedInRequest, form, change: bool) -> DuesList:
        month = form.cleaned_data["month"]
        return dues.freeze_month(month=month, actor=request.user, at=request.at).dues_list

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("arrears/", wrap(self.arrears), name="members_dueslist_arrears"),
            path("<int:pk>/supplement/", wrap(self.supplement), name="members_dueslist_supplement"),
            path("<int:pk>/book/", wrap(self.book), name="members_dueslist_book"),
            path("<int:pk>/list.pdf", wrap(self.pdf), name="members_dueslist_pdf"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {
            **(extra_context or {}),
            "may_supplement": request.user.has_perm("members.add_dueslist"),
            "may_book": request.user.has_perm("members.add_duespayment"),
        }
        if object_id.isdecimal() and (month := DuesList.objects.filter(pk=int(object_id)).first()):
            given["figures"] = arrears.collected(month)
        return super().change_view(request, object_id, form_url, given)

    def _one(self, request: SignedInRequest, pk: int, code: str) -> DuesList:
        if not request.user.has_perm(f"members.{code}"):
            raise PermissionDenied
        return get_object_or_404(DuesList, pk=pk)

    def supplement(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Add who had no pay basis when the list was made."""
        dues_list = self._one(request, pk, "add_dueslist")

        def act(given: dict) -> str:
            added = dues.supplement_month(dues_list=dues_list, actor=request.user, at=request.at)
            facts = {"lines": added.lines, "missing": added.without_basis}
            return gettext("已补充 %(lines)s 人；仍缺缴费基数 %(missing)s 人。") % facts

        return act_page(
            request,
            name="members.dues.supplement",
            title=gettext("补充名单"),
            explain=gettext("把制表时缺缴费基数、现已登记的在册会员补入本月名单，已在名单上的不变。"),
            form=EmptyForm(request.POST or None),
            act=act,
            back=reverse("admin:members_dueslist_change", args=[pk]),
            button=gettext("补充"),
            context=self.admin_site.each_context(request),
        )

    def book(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Book what payroll deducted, but those whom it gave back."""
        dues_list = self._one(request, pk, "add_duespayment")

        def act(given: dict) -> str:
            booked = dues.book_payroll(dues_list=dues_list, **given, actor=request.user, at=request.at)
            return gettext("已登记代扣 %(booked)s 人。") % {"booked": booked}

        return act_page(
            request,
            name="members.dues.book",
            title=gettext("登记代扣结果"),
            explain=gettext("名单上授权代扣且尚未缴纳的会员，除未扣成的外，全部登记为已缴。"),
            form=PayrollForm(request.POST or None, initial={"paid_on": local_date(request.at)}),
            act=act,
            back=reverse("admin:members_dueslist_change", args=[pk]),
            button=gettext("登记"),
            context=self.admin_site.each_context(request),
        )

    @method_decorator(require_safe)
    def pdf(self, request: SignedInRequest, pk: int) -> FileResponse:
        dues_list = self._one(request, pk, "view_duesline")
        pdf = print_dues_list(dues_list=dues_list, actor=request.user, at=request.at)
        filename = f"会费收缴表{dues_list.month:%Y%m}.pdf"
        return FileResponse(BytesIO(pdf), filename=filename, content_type="application/pdf")

    @method_decorator(require_safe)
    def arrears(self, request: SignedInRequest) -> HttpResponse:
        """Who has earlier months unpaid, most months first."""
        if not request.user.has_perm("members.view_duesline"):
            raise PermissionDenied
        today = local_date(request.at)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("会费欠缴"),
            "rows": arrears.arrears(members=Member.objects.all(), on=today),
        }
        return TemplateResponse(request, "admin/members/dues_arrears.html", context)

    @display(description=_("人数"))
    def people(self, dues_list: DuesList) -> int:
        return arrears.collected(dues_list).people

    @display(description=_("应缴（元）"))
    def due(self, dues_list: DuesList):
        return arrears.collected(dues_list).due

    @display(description=_("未缴（元）"))
    def open(self, dues_list: DuesList):
        return arrears.collected(dues_list).open


class MonthFilter(ChoiceFilter):
    title, parameter_name = _("月份"), "month"
    column = "dues_list"

    def lookups(self, request: HttpRequest, model_admin):
        return [(str(pk), f"{month:%Y年%m月}") for pk, month in DuesList.objects.values_list("pk", "month")[:36]]


class PaidFilter(ChoiceFilter):
    title, parameter_name = _("缴纳"), "paid"
    known = (("yes", _("已缴")), ("no", _("未缴")))

    def narrow(self, request: HttpRequest, queryset: Any, value: str) -> QuerySet:
        return queryset.paid() if value == "yes" else queryset.unpaid()


class PaymentInline(Inline):
    model = DuesPayment
    verbose_name_plural = _("缴纳与冲销")
    fields = ("paid_on", "amount", "way", "note", "booked_by", "booked_at")
    readonly_fields = fields


@admin.register(DuesLine)
class DuesLineAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.DUES, 20, "receipt_long"
    list_filter = (MonthFilter, PaidFilter)
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("分工会"), _("月份"), _("应缴（元）"), _("方式"), _("状态"))
    unit = _("人次")
    empty = _("没有符合条件的应缴会费。")
    fields = (("person", "branch", "dues_list"), ("basis", "amount", "by_payroll"))
    readonly_fields = ("person", "branch", "dues_list", "basis", "amount", "by_payroll")
    inlines = (PaymentInline,)
    change_form_template = "admin/members/dues_line.html"

    def get_queryset(self, request: HttpRequest):
        return DuesLine.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        turns = Prefetch("payments", DuesPayment.objects.only("line", "turn"))
        return queryset.select_related("member", "branch", "dues_list").prefetch_related(turns)

    def row_of(self, line: DuesLine, request: HttpRequest) -> list[Any]:
        paid = len(line.payments.all()) % 2
        return [
            line.member.name,
            line.member.staff_no,
            line.branch.short_name,
            str(line.dues_list),
            line.amount,
            gettext("工资代扣") if line.by_payroll else gettext("自行缴纳"),
            {"text": gettext("已缴") if paid else gettext("未缴"), "kind": "good" if paid else "warn"},
        ]

    @display(description=_("会员"))
    def person(self, line: DuesLine) -> str:
        return str(line.member)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/pay/", wrap(self.pay), name="members_duesline_pay"),
            path("<int:pk>/reverse/", wrap(self.reverse), name="members_duesline_reverse"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        may_book = request.user.has_perm("members.add_duespayment")
        given: dict[str, Any] = {**(extra_context or {}), "may_book": may_book}
        if may_book and object_id.isdecimal():
            given["is_paid"] = self.get_queryset(request).filter(pk=int(object_id)).paid().exists()
        return super().change_view(request, object_id, form_url, given)

    def _one(self, request: SignedInRequest, pk: int) -> DuesLine:
        if not request.user.has_perm("members.add_duespayment"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def pay(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Book a month that the member paid himself."""
        line = self._one(request, pk)

        def act(given: dict) -> str:
            dues.book_payment(line=line, **given, actor=request.user, at=request.at)
            return gettext("已登记缴纳 %(amount)s 元。") % {"amount": line.amount}

        return act_page(
            request,
            name="members.dues.pay",
            title=gettext("登记缴纳：%(who)s %(month)s") % {"who": line.member, "month": line.dues_list},
            explain=gettext("应缴 %(amount)s 元，一次缴清。") % {"amount": line.amount},
            form=PaymentForm(request.POST or None, initial={"way": DuesWay.CASH, "paid_on": local_date(request.at)}),
            act=act,
            back=reverse("admin:members_duesline_change", args=[pk]),
            button=gettext("登记"),
            context=self.admin_site.each_context(request),
        )

    def reverse(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Take a wrong booking back by its exact negative."""
        line = self._one(request, pk)

        def act(given: dict) -> str:
            dues.reverse_payment(line=line, **given, actor=request.user, at=request.at)
            return gettext("已冲销，该月恢复为未缴。")

        return act_page(
            request,
            name="members.dues.reverse",
            title=gettext("冲销：%(who)s %(month)s") % {"who": line.member, "month": line.dues_list},
            explain=gettext("缴纳记录不能修改，只能冲销后重新登记。"),
            form=ReversalForm(request.POST or None),
            act=act,
            back=reverse("admin:members_duesline_change", args=[pk]),
            button=gettext("冲销"),
            context=self.admin_site.each_context(request),
        )


@admin.register(PayBasis)
class PayBasisAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.DUES, 30, "calculate"
    form = PayBasisForm
    keyset_order = ("-id",)
    headers = (_("姓名"), _("工号"), _("月缴费基数（元）"), _("自"), _("至（不含）"), _("来源"))
    empty = _("还没有登记缴费基数。")
    fields = ("staff_no", "monthly", "from_on", "source")

    change_list_template = "admin/members/pay_list.html"

    def get_urls(self) -> list[URLPattern]:
        upload = path("upload/", self.admin_site.admin_view(self.upload), name="members_paybasis_upload")
        return [upload, *super().get_urls()]

    def upload(self, request: SignedInRequest) -> HttpResponse:
        """Take payroll's file; rows that were left out are shown with the reason."""
        if not request.user.has_perm("members.keep_paybasis"):
            raise PermissionDenied
        left_out: list[str] = []

        def act(given: dict) -> str:
            file = given["file"]
            from_on = given["from_on"]
            report = import_pay(file=file, filename=file.name, from_on=from_on, actor=request.user, at=request.at)
            left_out.extend(
                gettext("第 %(row)s 行 %(number)s：%(why)s")
                % {"row": line.row, "number": line.staff_no, "why": verdict.label}
                for line, verdict in report.rejected
            )
            facts = {"changed": report.changed, "same": report.unchanged, "out": len(left_out)}
            return gettext("已更新 %(changed)s 人，%(same)s 人不变，%(out)s 行未采用。") % facts

        answer = act_page(
            request,
            name="members.pay.upload",
            title=gettext("导入缴费基数"),
            explain=gettext("按岗位工资与薪级工资之和登记，不含奖金津贴；已生成的各月收缴表不受影响。"),
            form=PayFileForm(request.POST or None, request.FILES or None),
            act=act,
            back=reverse("admin:members_paybasis_changelist"),
            button=gettext("导入"),
            context=self.admin_site.each_context(request),
        )
        for line in left_out[:MOST_SHOWN]:
            messages.warning(request, line)
        return answer

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.keep_paybasis")

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj=None):
        return (("person", "monthly"), ("from_on", "until_on"), "source") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("person", "monthly", "from_on", "until_on", "source") if obj else ()

    @display(description=_("会员"))
    def person(self, basis: PayBasis) -> str:
        return str(basis.member)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member")

    def row_of(self, basis: PayBasis, request: HttpRequest) -> list[Any]:
        until = f"{basis.until_on:%Y-%m-%d}" if basis.until_on else ""
        member = basis.member
        return [member.name, member.staff_no, basis.monthly, f"{basis.from_on:%Y-%m-%d}", until, basis.source]

    def save(self, request: SignedInRequest, form, change: bool) -> PayBasis:
        given = {key: form.cleaned_data[key] for key in ("monthly", "from_on", "source")}
        member = cast(PayBasisForm, form).member
        assert member is not None  # the form found him
        return dues.keep_pay_basis(member=member, **given, actor=request.user, at=request.at)
