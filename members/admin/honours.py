"""Honours in the browser admin: the list, what waits to be checked, the years."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from core import attachments
from core.admin import ChoiceFilter, Inline, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.requests import SignedInRequest
from members.enums import HonourKind, HonourLevel, HonourState
from members.forms.honours import CheckForm, HonourForm
from members.models import Honour, HonourHolder
from members.selectors.honours import honours_by_year
from members.services import honours

KINDS = {HonourState.CONFIRMED: "good", HonourState.DECLARED: "warn", HonourState.RETURNED: "bad"}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = HonourState.choices, "state"


class LevelFilter(ChoiceFilter):
    title, parameter_name = _("级别"), "level"
    known, column = HonourLevel.choices, "level"


class KindFilter(ChoiceFilter):
    title, parameter_name = _("类别"), "kind"
    known, column = HonourKind.choices, "kind"


class YearFilter(ChoiceFilter):
    title, parameter_name, column = _("年度"), "year", "year"

    def lookups(self, request: HttpRequest, model_admin):
        years = Honour.objects.order_by("-year").values_list("year", flat=True).distinct()[:30]
        return [(str(year), str(year)) for year in years]


class HolderInline(Inline):
    model = HonourHolder
    verbose_name_plural = _("获奖人")
    fields = ("member",)
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("member")


@admin.register(Honour)
class HonourAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 40, "military_tech"
    form = HonourForm
    list_filter = (YearFilter, LevelFilter, KindFilter, StateFilter)
    headers = (_("年度"), _("荣誉"), _("级别"), _("类别"), _("获奖人"), _("分工会"), _("授予单位"), _("状态"))
    unit = _("项")
    empty = _("没有符合条件的荣誉。")
    inlines = (HolderInline,)
    change_list_template = "admin/members/honour_list.html"
    change_form_template = "admin/members/honour.html"
    shown = (
        ("title", "year"),
        ("level", "kind"),
        ("issuer", "document"),
        ("awarded_on", "team"),
        ("branch", "state_words"),
        ("declared_by", "declared_at"),
        ("checked_by", "checked_at"),
        "said",
    )
    readonly_shown = tuple(name for row in shown for name in ((row,) if isinstance(row, str) else row))

    def get_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj else (*HonourForm.Meta.fields, "holders")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.readonly_shown if obj else ()

    def get_inlines(self, request: HttpRequest, obj):
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("branch").prefetch_related("holders__member")

    def row_of(self, row: Honour, request: HttpRequest) -> list[Any]:
        names = [holder.member.name for holder in row.holders.all()]
        return [
            row.year,
            row.title,
            row.get_level_display(),
            row.get_kind_display(),
            "、".join(filter(None, [row.team, *names[:3]])) + ("…" if len(names) > 3 else ""),
            row.branch or "",
            row.issuer,
            {"text": row.get_state_display(), "kind": KINDS[HonourState(row.state)]},
        ]

    def save(self, request: SignedInRequest, form, change: bool) -> Honour:
        given = dict(form.cleaned_data)
        holders, branch = given.pop("holders"), given.pop("branch")
        return honours.record(values=given, holders=holders, branch=branch, actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("years/", wrap(self.years), name="members_honour_years"),
            path("<int:pk>/check/", wrap(self.check_one), name="members_honour_check"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        waiting = Honour.objects.waiting_for(request.user).count()
        return super().changelist_view(request, {**(extra_context or {}), "waiting": waiting})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal() and (row := Honour.objects.filter(pk=int(object_id)).first()):
            given["papers"] = attachments.of(row)
            given["may"] = row.state == HonourState.DECLARED and honours.may_check(request.user, row)  # type: ignore[arg-type]
        return super().change_view(request, object_id, form_url, given)

    def check_one(self, request: SignedInRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("members.add_honour"):
            raise PermissionDenied
        honour = get_object_or_404(Honour, pk=pk)

        def act(given: dict) -> str:
            if given["do"] == "confirm":
                honours.confirm(honour=honour, actor=request.user, at=request.at)
                return gettext("已核实。")
            honours.send_back(honour=honour, reason=given["said"], actor=request.user, at=request.at)
            return gettext("已退回。")

        return act_page(
            request,
            name="members.honour.check",
            title=gettext("核实：%(what)s") % {"what": honour},
            form=CheckForm(request.POST or None),
            act=act,
            back=reverse("admin:members_honour_change", args=[pk]),
            button=gettext("确定"),
            explain=gettext("请对照证书核实名称、级别和获奖人。"),
            context={**self.admin_site.each_context(request), "opts": self.opts},
        )

    @method_decorator(require_safe)
    def years(self, request: SignedInRequest) -> HttpResponse:
        if not request.user.has_perm("members.view_honour"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("荣誉统计"),
            "levels": HonourLevel.choices,
            "rows": [
                (row.year, list(zip(HonourLevel.values, row.counts, strict=True)), row.total)
                for row in honours_by_year()
            ],
        }
        return TemplateResponse(request, "admin/members/honour_years.html", context)

    @display(description=_("状态"))
    def state_words(self, row: Honour) -> str:
        return row.get_state_display()
