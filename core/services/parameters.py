"""Dated rules and the calendar's exceptions: what an office may change, with its source."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.clock import local_date
from core.constraints import refused_by
from core.errors import DomainError
from core.models import CalendarDay, PolicyRule, User

# What a case was judged by stays as it was: of a rule that is over only this may change, of one in force that too.
SOURCE = frozenset({"decided_by", "mark"})
OPEN_FIELDS = SOURCE | {"until_on", "effect"}


class Refusal(StrEnum):
    IN_FORCE = "policy_in_force"
    OVER = "policy_over"
    BACKDATED = "policy_backdated"
    OVERLAPS = "policy_overlaps"


class CannotChangeRule(DomainError):
    """The rule cannot be changed so."""


@transaction.atomic
def keep_policy_rule(*, actor: User, rule: PolicyRule | None, values: dict[str, Any], at: datetime) -> PolicyRule:
    """Add a row (None) or change one. A row in force keeps its value and unit: end it and add the next one.

    ``values`` maps field names of ``PolicyRule``; the constraints judge the rest. Raises ``CannotChangeRule``.
    """
    if not actor.has_perm("core.change_policyrule" if rule else "core.add_policyrule"):
        raise PermissionDenied
    kept = PolicyRule.objects.select_for_update().get(pk=rule.pk) if rule else PolicyRule()
    changed = sorted(name for name, value in values.items() if rule is None or getattr(kept, name) != value)
    if not changed:
        return kept
    today = local_date(at)
    if rule is not None and kept.until_on is not None and kept.until_on <= today and set(changed) - SOURCE:
        raise CannotChangeRule(Refusal.OVER, _("已终止的规定只能改依据和把握程度：请新增一行。"))
    if rule is not None and kept.from_on <= today and set(changed) - OPEN_FIELDS:
        raise CannotChangeRule(Refusal.IN_FORCE, _("已生效的规定不能改值：请给它填止日，再新增一行。"))
    ends = values.get("until_on")
    if "until_on" in changed and ends is not None and rule is not None and ends < today:
        raise CannotChangeRule(Refusal.BACKDATED, _("止日不能早于今天。"))
    for name in changed:
        setattr(kept, name, values[name])
    told = _("同一范围、同一项目在这段时间已有规定，请核对起止日期。")
    with refused_by(policy_one_value_at_a_time=lambda: CannotChangeRule(Refusal.OVERLAPS, told)):
        kept.save()
    verb = "changed" if rule else "created"
    data = {"key": kept.key, "fields": changed, "value": kept.value}
    audit.record(actor=actor, action=f"core.policyrule.{verb}", target=kept, basis=kept.decided_by, data=data, at=at)
    return kept


@transaction.atomic
def keep_calendar_day(
    *,
    actor: User,
    day: date,
    is_workday: bool,
    name: str,
    source: str,
    provisional: bool,
    at: datetime,
) -> CalendarDay:
    """Say whether ``day`` is worked, whatever its weekday; a row that is there is replaced."""
    known = CalendarDay.objects.select_for_update().filter(day=day).exists()
    if not actor.has_perm("core.change_calendarday" if known else "core.add_calendarday"):
        raise PermissionDenied
    values = {"is_workday": is_workday, "name": name, "source": source, "provisional": provisional}
    kept, _created = CalendarDay.objects.update_or_create(day=day, defaults=values)
    data = {"day": day.isoformat(), "is_workday": is_workday, "provisional": provisional}
    verb = "changed" if known else "created"
    audit.record(actor=actor, action=f"core.calendarday.{verb}", target=kept, basis=source, data=data, at=at)
    return kept
