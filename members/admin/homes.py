"""Staff homes in the browser admin: who handed in, scoring, sending back; the sheets of criteria."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import ChoiceFilter, HouseAdmin, Inline, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.requests import SignedInRequest
from members.enums import HomeGrade, HomeState
from members.forms.homes import BackForm, SheetForm
from members.models import HomeAssessment, HomeCriterion, HomeScore, HomeStandard
from members.services import homes

KINDS = {HomeState.DRAFT: "quiet", HomeState.SUBMITTED: "warn", HomeState.SCORED: "good"}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = HomeState.choices, "state"


class GradeFilter(ChoiceFilter):
    title, parameter_name = _("等次"), "grade"
    known, column = HomeGrade.choices, "grade"


class ScoreInline(Inline):
    model = HomeScore
    verbose_name_plural = _("得分")
    fields = ("criterion", "own", "given", "note")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("criterion")


@admin.register(HomeAssessment)
class HomeAssessmentAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 50, "cottage"
    list_filter = (StateFilter, GradeFilter)
    headers = (_("年度"), _("分工会"), _("自评"), _("考核"), _("等次"), _("状态"))
    unit = _("份")
    empty = _("还没有分工会开始自评。")
    inlines = (ScoreInline,)
    change_form_template = "admin/members/home.html"
    fields = (("branch", "year"), ("standard", "grade"), ("submitted_by", "submitted_at"), ("scored_by", "scored_at"))

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("branch").annotate(own=Sum("scores__own"), given=Sum("scores__given"))

    def row_of(self, row: HomeAssessment, request: HttpRequest) -> list[Any]:
        return [
            row.year,
            row.branch,
            "" if row.own is None else row.own,  # type: ignore[attr-defined]
            "" if row.given is None else row.given,  # type: ignore[attr-defined]
            row.get_grade_display(),
            {"text": row.get_state_display(), "kind": KINDS[HomeState(row.state)]},
        ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/score/", wrap(self.score), name="members_homeassessment_score"),
            path("<int:pk>/return/", wrap(self.send_back), name="members_homeassessment_return"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        row = HomeAssessment.objects.filter(pk=int(object_id)).first() if object_id.isdecimal() else None
        may = row is not None and row.state == HomeState.SUBMITTED and request.user.has_perm("members.score_home")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may": may})

    def score(self, request: SignedInRequest, pk: int) -> HttpResponse:
        row = self._one(request, pk)
        form = SheetForm(request.POST or None, scores=row.scores.select_related("criterion"), column="given")

        def act(given: dict) -> str:
            done = homes.score(assessment=row, scores=form.said(), actor=request.user, at=request.at)
            return gettext("已考核，等次：%(grade)s。") % {"grade": done.get_grade_display()}

        said = gettext("每项在零分与标准分之间；任一条件低于规定比例的，不评为合格。")
        return self._page(request, "members.home.score", gettext("考核：%(what)s"), row, form, act, explain=said)

    def send_back(self, request: SignedInRequest, pk: int) -> HttpResponse:
        row = self._one(request, pk)

        def act(given: dict) -> str:
            homes.send_back(assessment=row, **given, actor=request.user, at=request.at)
            return gettext("已退回分工会。")

        form = BackForm(request.POST or None)
        return self._page(request, "members.home.return", gettext("退回：%(what)s"), row, form, act)

    def _one(self, request: SignedInRequest, pk: int) -> HomeAssessment:
        if not request.user.has_perm("members.score_home"):
            raise PermissionDenied
        return get_object_or_404(HomeAssessment.objects.select_related("branch"), pk=pk)

    def _page(self, request, name, title, row, form, act, *, explain=""):
        return act_page(
            request,
            name=name,
            title=title % {"what": row},
            form=form,
            act=act,
            back=reverse("admin:members_homeassessment_change", args=[row.pk]),
            button=gettext("确定"),
            explain=explain,
            template="admin/members/home_score.html" if isinstance(form, SheetForm) else "admin/act.html",
            context={**self.admin_site.each_context(request), "opts": self.opts},
        )


class CriterionInline(Inline):
    model = HomeCriterion
    verbose_name_plural = _("考核项目")
    fields = ("position", "block", "content", "points")
    readonly_fields = fields


@admin.register(HomeStandard)
class HomeStandardAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.RULES, 60, "checklist"
    list_display = ("name", "from_year", "until_year", "decided_by")
    fields = (("name", "decided_by"), ("from_year", "until_year"))
    inlines = (CriterionInline,)
