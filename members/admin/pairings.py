"""Pairings and cadre training in the browser admin."""

from io import BytesIO
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from core.admin import ChoiceFilter, Inline, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.requests import SignedInRequest
from members.enums import PairingKind
from members.forms.pairings import CompleteForm, EndPairingForm, PairingForm, ReviewForm, TrainingForm
from members.models import Pairing, PairingReview, TrainingRecord
from members.services import pairings
from members.services.printing_people import print_certificate
from members.services.training import record_training


class KindFilter(ChoiceFilter):
    title, parameter_name = _("类别"), "kind"
    known, column = PairingKind.choices, "kind"


class ReviewInline(Inline):
    model = PairingReview
    verbose_name_plural = _("年度考核")
    fields = ("year", "note", "noted_by", "noted_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("noted_by")


@admin.register(Pairing)
class PairingAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 60, "handshake"
    form = PairingForm
    list_filter = (KindFilter,)
    headers = (_("类别"), _("师傅（帮扶方）"), _("徒弟（受帮方）"), _("起"), _("止"), _("状态"))
    unit = _("对")
    empty = _("还没有登记结对。")
    inlines = (ReviewInline,)
    change_form_template = "admin/members/pairing.html"
    shown = (
        "kind",
        "master",
        "learner",
        "from_on",
        "until_on",
        "agreement",
        "document",
        "completed_on",
        "certificate_no",
    )

    def get_fields(self, request: HttpRequest, obj=None):
        return (*self.shown, "ended_why") if obj else PairingForm.field_order

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return (*self.shown, "ended_why") if obj else ()

    def get_inlines(self, request: HttpRequest, obj):
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("lead", "partner")

    def row_of(self, row: Pairing, request: SignedInRequest) -> list[Any]:
        done = {"text": gettext("已出师（结业）"), "kind": "good"}
        past = {"text": gettext("已结束"), "kind": "quiet"}
        now = {"text": gettext("进行中"), "kind": "warn"}
        state = done if row.completed_on else past if row.until_on <= local_date(request.at) else now
        return [row.get_kind_display(), row.lead, row.partner, f"{row.from_on}", f"{row.until_on}", state]

    def save(self, request: SignedInRequest, form, change: bool) -> Pairing:
        given = dict(form.cleaned_data)
        lead, partner = given.pop("lead_no"), given.pop("partner_no")
        return pairings.pair(lead=lead, partner=partner, **given, actor=request.user, at=request.at)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/review/", wrap(self.review), name="members_pairing_review"),
            path("<int:pk>/complete/", wrap(self.complete), name="members_pairing_complete"),
            path("<int:pk>/end/", wrap(self.end), name="members_pairing_end"),
            path("<int:pk>/certificate.pdf", wrap(self.certificate), name="members_pairing_certificate"),
            *super().get_urls(),
        ]

    def review(self, request: SignedInRequest, pk: int) -> HttpResponse:
        form = ReviewForm(request.POST or None, initial={"year": local_date(request.at).year})
        return self._page(request, pk, form, pairings.review, gettext("年度考核"), gettext("已登记年度考核。"))

    def complete(self, request: SignedInRequest, pk: int) -> HttpResponse:
        form = CompleteForm(request.POST or None, initial={"on": local_date(request.at)})
        return self._page(
            request, pk, form, pairings.complete, gettext("出师（结业）"), gettext("已出师，可以打印证书。")
        )

    def end(self, request: SignedInRequest, pk: int) -> HttpResponse:
        form = EndPairingForm(request.POST or None, initial={"on": local_date(request.at)})
        return self._page(request, pk, form, pairings.end, gettext("提前结束"), gettext("已结束。"))

    def _page(self, request, pk, form, service, title: str, done: str) -> HttpResponse:
        if not request.user.has_perm("members.add_pairing"):
            raise PermissionDenied
        pairing = get_object_or_404(Pairing.objects.select_related("lead", "partner"), pk=pk)

        def act(given: dict) -> str:
            service(pairing=pairing, **given, actor=request.user, at=request.at)
            return done

        return act_page(
            request,
            name=f"members.pairing.{service.__name__}",
            title=f"{title}：{pairing.lead.name}、{pairing.partner.name}",
            form=form,
            act=act,
            back=reverse("admin:members_pairing_change", args=[pk]),
            button=gettext("登记"),
            context={**self.admin_site.each_context(request), "opts": self.opts},
        )

    @method_decorator(require_safe)
    def certificate(self, request: SignedInRequest, pk: int) -> FileResponse:
        if not request.user.has_perm("members.view_pairing"):
            raise PermissionDenied
        done = Pairing.objects.filter(completed_on__isnull=False).select_related("lead", "partner")
        pdf = print_certificate(pairing=get_object_or_404(done, pk=pk), actor=request.user, at=request.at)
        return FileResponse(BytesIO(pdf), filename=gettext("结业证书.pdf"), content_type="application/pdf")

    @display(description=_("师傅（帮扶方）"))
    def master(self, row: Pairing) -> str:
        return str(row.lead)

    @display(description=_("徒弟（受帮方）"))
    def learner(self, row: Pairing) -> str:
        return str(row.partner)


@admin.register(TrainingRecord)
class TrainingRecordAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 70, "school"
    form = TrainingForm
    headers = (_("姓名"), _("工号"), _("培训"), _("主办单位"), _("开始"), _("结束"), _("学时"), _("证书编号"))
    unit = _("人次")
    empty = _("还没有登记干部培训。")
    shown = ("person", "course", "organiser", "from_on", "to_on", "hours", "certificate_no")

    def get_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj else TrainingForm.field_order

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member")

    def row_of(self, row: TrainingRecord, request: HttpRequest) -> list[Any]:
        days = [f"{row.from_on}", f"{row.to_on}"]
        return [row.member.name, row.member.staff_no, row.course, row.organiser, *days, row.hours, row.certificate_no]

    def save(self, request: SignedInRequest, form, change: bool) -> TrainingRecord:
        given = dict(form.cleaned_data)
        return record_training(members=given.pop("people"), **given, actor=request.user, at=request.at)[0]

    @display(description=_("会员"))
    def person(self, row: TrainingRecord) -> str:
        return str(row.member)
