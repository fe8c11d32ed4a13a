"""The roll's filters as the admin's list shows them; every choice is in the address."""

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ChoiceFilter
from core.clock import local_date
from core.requests import SignedInRequest
from members.filters import FILTERS, Asked, RollFilter


class RegisterFilter(ChoiceFilter):
    """One ``RollFilter``: its choices, its condition; a value that it does not know finds nobody."""

    spec: ClassVar[RollFilter]

    def lookups(self, request: HttpRequest, model_admin):
        return self.spec.choices(asked_by(request))

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        value = self.value()
        return self.spec.applied(queryset, value, asked_by(request)) if value else queryset


def asked_by(request: HttpRequest) -> Asked:
    """The one reading of this request, so that branches are read once."""
    mine = cast(SignedInRequest, request)
    if not hasattr(mine, "asked_of_roll"):
        mine.asked_of_roll = Asked(mine.user, local_date(mine.at), request.GET)  # type: ignore[attr-defined]
    return mine.asked_of_roll  # type: ignore[attr-defined, no-any-return]


def _shown(spec: RollFilter) -> type[RegisterFilter]:
    return type(
        f"{spec.name.title()}Filter",
        (RegisterFilter,),
        {"title": spec.title, "parameter_name": spec.name, "spec": spec},
    )


ROLL_FILTERS = tuple(_shown(spec) for spec in FILTERS)
