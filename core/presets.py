"""Reference data that ships with the house: policy rows by place, days of the State Council's notices.

Every preset row is offered once and remembered (``LoadedPreset``): what a person ended, changed or deleted since
stays so. A newer preset ends its open-ended forerunner only where nobody has touched that one.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit, clock, locks
from core.calendar.workdays import library_knows, library_overrides
from core.models import CalendarDay, LoadedPreset, PolicyRule

FIRST_YEAR = 2020
_FOLDER = Path(__file__).parent / "presets"
_NOTICE = "国务院办公厅关于部分节假日安排的通知"
_FACTS = ("value", "unit", "base", "until_on", "decided_by", "mark", "effect")


@dataclass
class Loaded:
    """What became of the presets: rows added, forerunners ended, rows kept out by the school's own."""

    added: int = 0
    ended: int = 0
    aside: list[PolicyRule] = field(default_factory=list)


def preset_rules() -> Iterator[PolicyRule]:
    """The unsaved rows of every preset: 江苏, 重庆, 安徽, 上海 and the neutral default."""
    for file in sorted(_FOLDER.glob("*.json")):
        preset = json.loads(file.read_text(encoding="utf-8"))
        for rule in preset["rules"]:
            days = {name: date.fromisoformat(rule.pop(name)) for name in ("from_on", "until_on") if name in rule}
            yield PolicyRule(scope=preset["scope"], place=preset["place"], **days, **rule)


@transaction.atomic
def load_rules() -> Loaded:
    """Add every preset row that was not offered before and whose period is free, the older ones first."""
    loaded = Loaded()
    locks.wait_until_commit("core.presets.load_rules")  # two machines starting at once would both find a row missing
    offered = {(row.key, row.scope, row.place, row.from_on): row.facts for row in LoadedPreset.objects.all()}
    for rule in sorted(preset_rules(), key=lambda rule: rule.from_on):
        if (rule.key, rule.scope, rule.place, rule.from_on) not in offered:
            _offer(rule, offered, loaded)
    if loaded.added or loaded.ended:
        data = {"added": loaded.added, "ended": loaded.ended}
        audit.record(actor=None, action="core.policyrule.loaded", basis="load_reference", data=data, at=clock.now())
    return loaded


def _offer(rule: PolicyRule, offered: dict[tuple, dict[str, Any]], loaded: Loaded) -> None:
    """Add one row; ``offered`` is kept up to date."""
    in_the_way = list(_overlapping(rule).select_for_update())
    known = any(other.from_on == rule.from_on for other in in_the_way)  # of a release that did not remember yet
    if not known and len(in_the_way) == 1 and _is_untouched(in_the_way[0], rule, offered):
        in_the_way[0].until_on = rule.from_on
        in_the_way[0].save(update_fields=["until_on"])
        loaded.ended += 1
        in_the_way = []
    if in_the_way and not known:
        loaded.aside.append(rule)
        return
    if not in_the_way:
        rule.save(force_insert=True)
        loaded.added += 1
    row = LoadedPreset(key=rule.key, scope=rule.scope, place=rule.place, from_on=rule.from_on, facts=_facts(rule))
    row.save(force_insert=True)
    offered[rule.key, rule.scope, rule.place, rule.from_on] = row.facts


def _overlapping(rule: PolicyRule):
    there = PolicyRule.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gt=rule.from_on), key=rule.key, scope=rule.scope, place=rule.place
    )
    return there.filter(from_on__lt=rule.until_on) if rule.until_on else there


def _is_untouched(old: PolicyRule, new: PolicyRule, offered: dict[tuple, dict[str, Any]]) -> bool:
    """``old`` is open-ended, older than ``new``, and still what the preset said when it was loaded."""
    facts = offered.get((old.key, old.scope, old.place, old.from_on))
    return old.until_on is None and old.from_on < new.from_on and facts == _facts(old)


def _facts(rule: PolicyRule) -> dict[str, Any]:
    """What a person could have changed, as JSON keeps it."""
    return json.loads(json.dumps({name: getattr(rule, name) for name in _FACTS}, default=str))


@transaction.atomic
def load_calendar() -> int:
    """Add the days off and days worked of 2020 and later, as far as the notices are known; the number added."""
    year, days = FIRST_YEAR, []
    while library_knows(year):
        for day, (worked, name) in sorted(library_overrides(year).items()):
            days.append(CalendarDay(day=day, is_workday=worked, name=name, source=f"{_NOTICE}（{year}年）"))
        year += 1
    before = CalendarDay.objects.count()
    CalendarDay.objects.bulk_create(days, ignore_conflicts=True)
    return CalendarDay.objects.count() - before
