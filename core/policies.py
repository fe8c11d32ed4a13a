"""Looking a dated rule up: at the date of the act, narrowest scope first (REGULATIONS.md 0)."""

from datetime import date

from django.conf import settings
from django.db.models import Q

from core.enums import Scope
from core.models import PolicyRule

_NARROWEST_FIRST = (Scope.BRANCH, Scope.SCHOOL, Scope.PROVINCE, Scope.NATION)


def rule_at(key: str, *, on: date, branch: str = "") -> PolicyRule | None:
    """The row of ``key`` in force here on the day of the act, or None; the case stores it.

    That of ``branch`` (its short name) before the school's, its province's (``SCHOOL_PROVINCE``) and the nation's.
    """
    here = Q(scope__in=[Scope.NATION, Scope.SCHOOL])
    for scope, place in ((Scope.PROVINCE, settings.SCHOOL_PROVINCE), (Scope.BRANCH, branch)):
        if place:
            here |= Q(scope=scope, place=place)
    in_force = Q(until_on__isnull=True) | Q(until_on__gt=on)
    rows = {row.scope: row for row in PolicyRule.objects.filter(here, in_force, key=key, from_on__lte=on)}
    return next((rows[scope] for scope in _NARROWEST_FIRST if scope in rows), None)
