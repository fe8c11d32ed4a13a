"""The one shape of a list's filter: known values in the address; anything else narrows nothing."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ChoiceFilter(SimpleListFilter):
    """``known`` values with their words; each means its condition in ``by``, or else that ``column`` has it.

    Where values come from the database, ``lookups`` gives them; where a condition needs the request, ``narrow``.
    """

    known: Sequence[tuple[Any, Any]] = ()
    column = ""
    by: Mapping[str, Q] = {}

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[Any, Any]]:
        return _in_words(type(self))  # type: ignore[arg-type]  # a class is hashable

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None or value not in {str(known) for known, _words in self.lookup_choices}:
            return queryset
        return self.narrow(request, queryset, value)

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        """The rows that ``value``, one of the known ones, stands for."""
        return queryset.filter(self.by[value] if self.by else Q(**{self.column: value}))


@cache
def _in_words(shape: type[ChoiceFilter]) -> list[tuple[Any, str]]:
    """Known values, their words looked up once: Chinese is the one language of the pages."""
    return [(value, str(words)) for value, words in shape.known]


class MineFilter(ChoiceFilter):
    """What waits for whoever looks, by the queryset's ``waiting_for``."""

    title, parameter_name = _("待办"), "waits"
    known = (("me", _("待我办理")),)

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        return queryset.waiting_for(request.user)  # type: ignore[attr-defined]  # of every table that has a next step


class ActiveFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "active"
    known = (("yes", _("启用")), ("no", _("停用")))
    by = {"yes": Q(is_active=True), "no": Q(is_active=False)}
