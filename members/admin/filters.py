"""What the list of members can be narrowed by; every choice is in the address."""

from datetime import date
from typing import cast

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.clock import local_date
from core.requests import SignedInRequest
from members.enums import EndReason, JoinReason, Sex
from members.models import Branch, Membership

ON_ROLL, ENDED = "on", "ended"


def _today(request: HttpRequest) -> date:
    return local_date(cast(SignedInRequest, request).at)


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


class BranchFilter(SimpleListFilter):
    """People of the branch today; together with "ended" those who were ever in it."""

    title = _("分工会")
    parameter_name = "branch"

    def lookups(self, request: HttpRequest, model_admin):
        return [(branch.pk, branch.short_name) for branch in Branch.objects.visible_to(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        periods = Membership.objects.filter(member=OuterRef("pk"), branch=_number(self.value()))
        if request.GET.get("state") != ENDED:
            periods = periods.on(_today(request))
        return queryset.filter(Exists(periods))


class StateFilter(SimpleListFilter):
    title = _("会籍")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin):
        return [(ON_ROLL, _("在会")), (ENDED, _("已离会"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = Membership.objects.filter(member=OuterRef("pk")).on(_today(request))
        match self.value():
            case "on":
                return queryset.filter(Exists(today))
            case "ended":
                return queryset.filter(~Exists(today))
        return queryset


class SexFilter(SimpleListFilter):
    title = _("性别")
    parameter_name = "sex"

    def lookups(self, request: HttpRequest, model_admin):
        return Sex.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(sex=self.value()) if self.value() in Sex.values else queryset


class JoinedYearFilter(SimpleListFilter):
    """The year in which a stay began; a change of branch begins none."""

    title = _("入会年份")
    parameter_name = "joined"

    def lookups(self, request: HttpRequest, model_admin):
        year = _today(request).year  # the length of a working life; asking for the first one costs a query
        return [(year, str(year)) for year in range(year, year - 45, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        year = _number(self.value())
        if year is None or not 1900 <= year <= 2200:
            return queryset
        joined = Membership.objects.filter(
            member=OuterRef("pk"), from_on__gte=date(year, 1, 1), from_on__lt=date(year + 1, 1, 1)
        ).exclude(reason_in=JoinReason.BRANCH_CHANGE)
        return queryset.filter(Exists(joined))


class EndedYearFilter(SimpleListFilter):
    """The year of the last day on the roll; only by address (the dashboard's figures lead here)."""

    title = _("离会年份")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin):
        year = _today(request).year
        return [(year, str(year)) for year in range(year, year - 6, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        year = _number(self.value())
        if year is None or not 1900 <= year <= 2200:
            return queryset
        left = Membership.objects.filter(
            member=OuterRef("pk"), until_on__gt=date(year, 1, 1), until_on__lte=date(year + 1, 1, 1)
        ).exclude(reason_out=EndReason.BRANCH_CHANGE)
        return queryset.filter(Exists(left))
