"""On which days a rule falls due: those of the calendar, a date's repetitions, and the matters that a source tells.

Birthdays are not here: every person has his own, and ``eligibility`` counts them in SQL.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from core.calendar.festivals import festival_on
from core.enums import Role
from core.reminders import Occasion, source_of
from notices import rules
from notices.enums import TO_MEMBERS, Audience, Repeat, RuleKind
from notices.models import ReminderRule


class Day(NamedTuple):
    """One occasion and, of a matter, one of those in charge; the fields are columns of ``eligibility``'s ``day``."""

    year: int
    key: str
    on: date
    due_on: date
    about: str = ""
    member: int | None = None
    role: str | None = None
    branch: int | None = None


def days_of(rule: ReminderRule, *, on: date, found: rules.Window) -> list[Day]:
    """The occasions of ``rule`` around its window and around ``on``; [] for birthdays.

    Of a date and of a source they are all that an open reminder can be about: what is not among them is done.
    """
    days: Iterator[Day]
    match rule.kind:
        case RuleKind.FESTIVAL:
            years = rules.occasion_years(found, rule.ahead_days)
            days = (Day(year, "", *_dated(rule, festival_on(rule.occasion, year))) for year in years)
        case RuleKind.DATE:
            days = (Day(year, key, *_dated(rule, day)) for year, key, day in _dates(rule, on))
        case RuleKind.SOURCE:
            days = _matters(rule, on)
        case _:
            return []
    return [day for day in days if rule.until_on is None or day.due_on <= rule.until_on]


def _dated(rule: ReminderRule, day: date) -> tuple[date, date]:
    return day, day - timedelta(days=rule.ahead_days)


def _dates(rule: ReminderRule, on: date) -> Iterator[tuple[int, str, date]]:
    """(year, key, day) of a fixed date and its repetitions around ``on``."""
    assert rule.fixed_on is not None  # reminder_rule_date_and_source_fit_kind
    first, last = on - rules.HORIZON, on + rules.HORIZON
    years = range(max(rule.fixed_on.year, first.year), last.year + 1)
    match rule.repeat:
        case Repeat.YEARLY:
            yield from ((year, "", rules.in_year(rule.fixed_on, year)) for year in years)
        case Repeat.MONTHLY:
            for year in years:
                for month in range(1, 13):
                    day = rules.in_month(rule.fixed_on, year, month)
                    if day >= rule.fixed_on:
                        yield year, f"{month:02}", day
        case Repeat.EVERY:
            every = rule.every_days or 1
            for times in rules.repetitions(rule.fixed_on, every=every, first=first, last=last):
                day = rule.fixed_on + timedelta(days=times * every)
                yield day.year, f"#{times}", day
        case _:
            yield rule.fixed_on.year, "", rule.fixed_on


def _matters(rule: ReminderRule, on: date) -> Iterator[Day]:
    """What the source tells, once or every n days; nothing when the source is gone."""
    source = source_of(rule.source)
    if source is None:
        return
    for matter in source.occasions(on, on - rules.HORIZON, on + rules.HORIZON):
        first_due = matter.on - timedelta(days=rule.ahead_days)
        times = range(1)
        if rule.repeat == Repeat.EVERY:
            around = (on - rules.AROUND, on + rules.AROUND)
            times = rules.repetitions(first_due, every=rule.every_days or 1, first=around[0], last=around[1])
        for n in times:
            due_on = first_due + timedelta(days=n * (rule.every_days or 0))
            key = f"{matter.key}#{n}" if n else matter.key
            for role, branch in _in_charge(rule, matter):
                yield Day(matter.on.year, key, matter.on, due_on, matter.about, matter.member, role, branch)


def _in_charge(rule: ReminderRule, matter: Occasion) -> Iterator[tuple[str | None, int | None]]:
    """(role, branch) of those whom the matter waits for; of a rule to the person himself one empty pair."""
    if rule.audience in TO_MEMBERS:
        if matter.member is not None:
            yield None, None
        return
    roles = rule.roles if rule.audience == Audience.ROLE else matter.waits_for
    for role in roles:
        if role == Role.BRANCH_OFFICER:
            yield from ((str(role), branch) for branch in matter.branches)
        else:
            yield str(role), None
