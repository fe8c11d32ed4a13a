"""What the lists of welfare are narrowed by."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ChoiceFilter
from members.models import Branch
from welfare.enums import BenefitState, EntitlementState, ExceptionState, Occasion, OutReason
from welfare.models import Benefit


class YearFilter(ChoiceFilter):
    title, parameter_name, column = _("年度"), "year", "year"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        years = Benefit.objects.order_by("-year").values_list("year", flat=True).distinct()[:30]
        return [(str(year), f"{year}年") for year in years]


class OccasionFilter(ChoiceFilter):
    title, parameter_name = _("事由"), "occasion"
    known, column = Occasion.choices, "occasion"


class BenefitStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = BenefitState.choices, "state"


class RunFilter(ChoiceFilter):
    """One run, from its own page; it is not offered as a choice of hundreds."""

    title, parameter_name, column = _("发放"), "run", "benefit"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        asked = request.GET.get("run", "")
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
            return []
        run = Benefit.objects.visible_to(request.user).filter(pk=asked).first()
        return [(asked, str(run))] if run else []


class BranchFilter(ChoiceFilter):
    title, parameter_name, column = _("分工会"), "branch", "branch"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        rows = Branch.objects.order_by("position", "pk").values_list("pk", "short_name")
        return [(str(pk), name) for pk, name in rows]


class EntitlementStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = EntitlementState.choices, "state"


class ReasonFilter(ChoiceFilter):
    title, parameter_name = _("原因"), "reason"
    known, column = [choice for choice in OutReason.choices if choice[0]], "reason"


class ExceptionStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = ExceptionState.choices, "state"
