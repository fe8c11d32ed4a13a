"""The ledger's entries: read, and a wrong one reversed."""

from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.money import grouped
from core.requests import SignedInRequest
from finance.admin.lines import YearFilter, key_of
from finance.enums import EntryKind, YearState
from finance.forms import RefundForm, ReverseForm
from finance.models import BudgetLine, Entry
from finance.rules import REVERSIBLE, ZERO
from finance.services import by_hand, ledger
from finance.services.budget import TRANSFER

KINDS = {EntryKind.INCOME: "good", EntryKind.RESERVE: "warn"}


class KindFilter(ChoiceFilter):
    title, parameter_name = _("类别"), "kind"
    known, column = EntryKind.choices, "kind"


class LineFilter(ChoiceFilter):
    """One line, from its own page; it is not offered as a choice of hundreds."""

    title, parameter_name, column = _("预算"), "line", "line"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        asked = request.GET.get("line", "")
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
            return []
        line = BudgetLine.objects.visible_to(request.user).named().filter(pk=asked).first()
        return [(asked, line.name)] if line else []


class EntryYearFilter(YearFilter):
    """Of a line's entries all, whatever the year: a line has one."""

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        found = super().lookups(request, model_admin)
        if request.GET.get("line"):
            self.newest = None
        return found


def source_of(entry: Entry) -> str:
    """预算调剂, or the case of a higher app: 报销单 12. Empty for what was booked by hand."""
    if entry.source_kind == TRANSFER:
        return gettext("预算调剂")
    try:
        kind = apps.get_model(entry.source_kind)._meta.verbose_name
    except (LookupError, ValueError):  # none, or of an app that is gone
        kind = entry.source_kind
    return f"{kind} {entry.source_id}".strip()


def left_of(spending: Entry) -> Decimal:
    """What of it has not come back, yuan; nothing when it is reversed."""
    if Entry.objects.filter(reverses=spending).exists():
        return ZERO
    back = Entry.objects.filter(refund_of=spending).aggregate(sum=Sum("amount"))["sum"]
    return spending.amount - (back or ZERO)


@admin.register(Entry)
class EntryAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.FINANCE, 20, "receipt_long"
    list_filter = (EntryYearFilter, KindFilter, LineFilter)
    search_fields = ("text",)
    search_help_text = _("摘要或依据文件")
    headers = (_("序号"), _("日期"), _("类别"), _("科目"), _("摘要"), _("经办人"), _("金额（元）"))
    number_columns = frozenset({6})
    unit = _("笔")
    empty = _("没有符合条件的经费明细。")
    fields = (
        ("numbered", "booked_on", "recorded_at"),
        ("kind", "yuan"),
        "line_name",
        ("text", "document"),
        ("actor", "source"),
        ("reverses", "reversed_by", "refund_of"),
        "commitment",
    )
    readonly_fields = ("numbered", "yuan", "line_name", "source", "reversed_by")
    change_form_template = "admin/finance/entry.html"

    def get_queryset(self, request: HttpRequest):
        return Entry.objects.visible_to(request.user).select_related("year", "line__account__parent", "line__branch")

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(text__icontains=term) | Q(document__icontains=term)), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("actor")

    def row_of(self, entry: Entry, request: SignedInRequest) -> list[Any]:
        kind = entry.get_kind_display()  # type: ignore[attr-defined]
        reverses = entry.reverses_id is not None
        return [
            str(entry),
            f"{entry.booked_on:%Y-%m-%d}",
            {"text": gettext("冲销") + kind if reverses else kind, "kind": KINDS.get(entry.kind, "quiet")},  # type: ignore[call-overload]
            entry.line.name,
            entry.text,
            entry.actor.name if entry.actor else gettext("系统"),
            grouped(entry.amount),
        ]

    @display(description=_("序号"))
    def numbered(self, entry: Entry) -> str:
        return str(entry)

    @display(description=_("金额（元）"))
    def yuan(self, entry: Entry) -> str:
        return grouped(entry.amount)

    @display(description=_("预算"))
    def line_name(self, entry: Entry) -> str:
        return str(entry.line)

    @display(description=_("来源"), empty_value="—")
    def source(self, entry: Entry) -> str:
        return source_of(entry)

    @display(description=_("被冲销"), empty_value="—")
    def reversed_by(self, entry: Entry) -> str:
        return str(Entry.objects.select_related("year").filter(reverses=entry).first() or "")

    def get_urls(self) -> list[URLPattern]:
        reverse_view = self.admin_site.admin_view(self.reverse)
        return [
            path("<int:pk>/reverse/", reverse_view, name="finance_entry_reverse"),
            path("<int:pk>/refund/", self.admin_site.admin_view(self.refund), name="finance_entry_refund"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = dict(extra_context or {})
        if request.user.has_perm("finance.reverse_entry") and object_id.isdecimal():
            given["may_reverse"] = (
                self.get_queryset(request)
                .filter(
                    pk=object_id,
                    kind__in=REVERSIBLE,
                    reverses__isnull=True,
                    reversal__isnull=True,
                    year__state=YearState.OPEN,
                )
                .exists()
            )
        if request.user.has_perm("finance.add_entry") and object_id.isdecimal():
            entry = self.get_queryset(request).filter(pk=object_id, kind=EntryKind.SPEND, reverses=None).first()
            given["may_refund"] = entry is not None and entry.year.state == YearState.OPEN and bool(left_of(entry))
        return super().change_view(request, object_id, form_url, given)

    def refund(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """All or a part of a spending came back."""
        if not request.user.has_perm("finance.add_entry"):
            raise PermissionDenied
        entry = get_object_or_404(self.get_queryset(request), pk=pk)

        def act(given: dict) -> str:
            by_hand.refund(spending=entry, **given, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已登记退回 %(amount)s 元。") % {"amount": grouped(given["amount"])}

        facts = {"number": entry, "left": grouped(left_of(entry))}
        return act_page(
            request,
            name="finance.entry.refund",
            title=gettext("登记退回 %(number)s") % facts,
            explain=gettext(
                "这笔支出尚有 %(left)s 元未退回；退回后回到预算的可用金额。报销付款被银行退回的，由出纳登记。"
            )
            % facts,
            form=RefundForm(request.POST or None),
            act=act,
            back=reverse("admin:finance_entry_change", args=[pk]),
            button=gettext("登记"),
            context=self.admin_site.each_context(request),
        )

    def reverse(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """红冲: the exact negative of a wrong entry."""
        if not request.user.has_perm("finance.reverse_entry"):
            raise PermissionDenied
        entry = get_object_or_404(self.get_queryset(request), pk=pk)

        def act(given: dict) -> str:
            made = ledger.reverse(entry=entry, **given, key=key_of(request), actor=request.user, at=request.at)
            return gettext("已冲销，冲销记录 %(number)s。") % {"number": made}

        facts = {"number": entry, "amount": grouped(entry.amount)}
        return act_page(
            request,
            name="finance.entry.reverse",
            title=gettext("冲销 %(number)s") % facts,
            explain=gettext("原记录 %(amount)s 元不能修改；冲销后登记一笔等额负数，再按正确的内容重新登记。") % facts,
            form=ReverseForm(request.POST or None),
            act=act,
            back=reverse("admin:finance_entry_change", args=[pk]),
            button=gettext("冲销"),
            context=self.admin_site.each_context(request),
        )
