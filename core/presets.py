"""Reference data that ships with the house: policy rows by place, days of the State Council's notices.

Loading adds what is missing and touches nothing that is there: a row may have been edited by a person.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Q

from core.calendar.workdays import library_knows, library_overrides
from core.models import CalendarDay, PolicyRule

FIRST_YEAR = 2020
_FOLDER = Path(__file__).parent / "presets"
_NOTICE = "国务院办公厅关于部分节假日安排的通知"


def preset_rules() -> Iterator[PolicyRule]:
    """The unsaved rows of every preset: 江苏, 重庆, 安徽, 上海 and the neutral default."""
    for file in sorted(_FOLDER.glob("*.json")):
        preset = json.loads(file.read_text(encoding="utf-8"))
        for rule in preset["rules"]:
            days = {name: date.fromisoformat(rule.pop(name)) for name in ("from_on", "until_on") if name in rule}
            yield PolicyRule(scope=preset["scope"], place=preset["place"], **days, **rule)


@transaction.atomic
def load_rules() -> int:
    """Add every preset row whose place has no row of that key in that period yet; the number added."""
    added = 0
    with connection.cursor() as cursor:  # two machines starting at once would both find a row missing
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('core.presets.load_rules'))")
    for rule in preset_rules():
        there = PolicyRule.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gt=rule.from_on), key=rule.key, scope=rule.scope, place=rule.place
        )
        if rule.until_on:
            there = there.filter(from_on__lt=rule.until_on)
        if not there.exists():
            rule.save(force_insert=True)
            added += 1
    return added


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
