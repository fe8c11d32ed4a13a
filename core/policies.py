"""Looking a dated rule up: at the date of the act, narrowest scope first (REGULATIONS.md 0)."""

from datetime import date

from django.db.models import Q

from core.enums import Scope
from core.models import PolicyRule

_NARROWEST_FIRST = (Scope.BRANCH, Scope.SCHOOL, Scope.PROVINCE, Scope.NATION)


def rule_at(key: str, *, on: date, province: str = "", school: str = "", branch: str = "") -> PolicyRule | None:
    """The row of ``key`` in force on the day of the act for the narrowest of the places given, or None.

    A place that is not given has no rows of its own; the nation's rows apply to everybody. The case stores the row.
    """
    places = {Scope.BRANCH: branch, Scope.SCHOOL: school, Scope.PROVINCE: province, Scope.NATION: ""}
    here = Q(scope=Scope.NATION, place="")
    for scope in (Scope.BRANCH, Scope.SCHOOL, Scope.PROVINCE):
        if places[scope]:
            here |= Q(scope=scope, place=places[scope])
    in_force = Q(until_on__isnull=True) | Q(until_on__gt=on)
    rows = {row.scope: row for row in PolicyRule.objects.filter(here, in_force, key=key, from_on__lte=on)}
    return next((rows[scope] for scope in _NARROWEST_FIRST if scope in rows), None)
