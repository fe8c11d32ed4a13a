"""Members: a list that stays fast, and one page per person that shows and never edits."""

from datetime import date
from typing import Any, NamedTuple

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.admin import Inline, KeysetAdmin, Menu
from core.clock import local_date
from core.masks import mask_kept4, mask_phone
from core.requests import SignedInRequest
from members import dossier
from members.admin.bulk import transfer_view
from members.admin.filters import ROLL_FILTERS
from members.admin.reveal import reveal_view
from members.admin.story import story_view
from members.enums import Sex
from members.models import Member, Membership
from members.selectors import life as selectors_life
from members.standing import Standing, standing_on

SEXES = {value: str(words) for value, words in Sex.choices}
LETTERS = tuple("abcdefghjklmnopqrstwxyz")  # no syllable begins with i, u or v


class Period(NamedTuple):
    """What ``standing_on`` reads of a ``Membership``; rows of models would be half the page's time."""

    from_on: date
    until_on: date | None
    reason_in: str
    reason_out: str
    branch: str


class MembershipInline(Inline):
    model = Membership
    verbose_name_plural = _("会籍经历")
    fields = ("branch", "from_on", "last_day", "reason_in", "reason_out")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("branch").order_by("-from_on")

    @display(description=_("在会最后一天"), empty_value="—")
    def last_day(self, period: Membership):
        return standing_on(period.until_on, [period]).last_day if period.until_on else None


@admin.register(Member)
class MemberAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 10, "badge"
    search_fields = ("name",)
    search_help_text = _("姓名、拼音、首字母或工号开头")
    list_filter = ROLL_FILTERS
    filters_at_once = 4
    change_list_template = "admin/members/member_list.html"
    keyset_order = ("pinyin", "id")
    keyset_places = LETTERS
    headers = (_("姓名"), _("工号"), _("性别"), _("分工会"), _("职称"), _("手机"), _("会籍"))
    unit = _("人")
    empty = _("没有符合条件的会员。")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": (("name", "staff_no", "sex"), ("birth_on", "state"))}),
        (_("任职"), {"fields": (("department_name", "title"), ("hired_on", "education"))}),
        (_("其他"), {"fields": (("ethnicity", "political_status"), ("masked_phone", "email"), "remark")}),
        (_("敏感信息（加密保存，只显示末四位）"), {"fields": (("id_number", "bank_card"),)}),
    )
    readonly_fields = ("state", "masked_phone", "id_number", "bank_card")

    change_form_outer_after_template = "admin/members/reveal_links.html"

    def get_urls(self) -> list[URLPattern]:
        reveal = path(
            "<int:pk>/reveal/<str:field>/",
            self.admin_site.admin_view(self.reveal),
            name="members_member_reveal",
        )
        transfer = path("transfer/", self.admin_site.admin_view(self.transfer), name="members_member_transfer")
        story = path("<int:pk>/story/", self.admin_site.admin_view(self.story), name="members_member_story")
        return [reveal, transfer, story, *super().get_urls()]

    def transfer(self, request: SignedInRequest) -> HttpResponse:
        return transfer_view(request, context=self.admin_site.each_context(request))

    def story(self, request: SignedInRequest, pk: int) -> HttpResponse:
        return story_view(request, pk=pk, context=self.admin_site.each_context(request))

    def reveal(self, request: SignedInRequest, pk: int, field: str) -> HttpResponse:
        return reveal_view(request, pk=pk, field=field, context=self.admin_site.each_context(request))

    def get_queryset(self, request: HttpRequest):
        return Member.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        return queryset.search(search_term), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.only("staff_no", "name", "pinyin", "sex", "title", "phone")

    def fill(self, rows: list[Any], request: SignedInRequest) -> None:
        periods: dict[int, list[Period]] = {member.pk: [] for member in rows}
        columns = ("member_id", "from_on", "until_on", "reason_in", "reason_out", "branch__short_name")
        for pk, *of in Membership.objects.filter(member__in=list(periods)).values_list(*columns):
            periods[pk].append(Period(*of))
        gone = [pk for pk, own in periods.items() if own and all(period.until_on for period in own)]
        deaths = selectors_life.deaths_of(gone)  # asks nothing where nobody is
        for member in rows:
            member.periods, member.died_on = periods[member.pk], deaths.get(member.pk)

    def starting_at(self, queryset, place: str):
        return queryset.filter(pinyin__gte=place) if place in LETTERS else queryset

    def row_of(self, member: Member, request: SignedInRequest) -> list[Any]:
        periods, died_on = member.periods, member.died_on  # type: ignore[attr-defined]
        standing = standing_on(local_date(request.at), periods, died_on=died_on)
        return [
            member.name,
            member.staff_no,
            SEXES.get(member.sex, ""),
            standing.branch or "",
            member.title,
            mask_phone(member.phone),
            {"text": words_of(standing), "kind": "good" if standing.on_roll else "quiet"},
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        """A record that was merged leads to the one that it is read in."""
        if object_id.isdecimal():
            seen = Member.objects.in_scope_of(request.user)
            if merged := seen.filter(pk=int(object_id), merged_into__isnull=False).first():
                return redirect("admin:members_member_change", merged.merged_into_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    @display(description=_("会籍"))
    def state(self, member: Member) -> str:
        standing = dossier.standing_of(member, clock.today())
        end = None if standing.on_roll or standing.died_on else selectors_life.end_of_keeping(member)
        told = f"；{end.get_kind_display()} {end.on:%Y-%m-%d}" if end else ""
        return f"{words_of(standing)}{told}"

    @display(description=_("手机号码"), empty_value="—")
    def masked_phone(self, member: Member) -> str | None:
        return mask_phone(member.phone) or None

    @display(description=_("身份证号"), empty_value="—")
    def id_number(self, member: Member) -> str | None:
        secret = getattr(member, "secret", None)
        return mask_kept4(secret.id_number_last4) or None if secret else None

    @display(description=_("银行卡号"), empty_value="—")
    def bank_card(self, member: Member) -> str | None:
        secret = getattr(member, "secret", None)
        return mask_kept4(secret.bank_card_last4) or None if secret else None


def words_of(standing: Standing) -> str:
    """``在会，2015-09-01 起``, ``退休，至 2022-03-09`` or ``已故，2026-10-10``."""
    if standing.on_roll:
        return gettext("在会，%(day)s 起") % {"day": f"{standing.since:%Y-%m-%d}"}
    if standing.last_day is None:
        return gettext("未入会")
    if standing.died_on:
        return gettext("已故，%(day)s") % {"day": f"{standing.died_on:%Y-%m-%d}"}
    return gettext("%(reason)s，至 %(day)s") % {"reason": standing.reason, "day": f"{standing.last_day:%Y-%m-%d}"}
