"""When something is due, how late is too late, and what may stand in a text: facts in, verdict out."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from notices.enums import TO_MEMBERS, Audience, Channel, Festival, Repeat, RuleKind, RuleRefusal

PLACEHOLDERS = ("name", "days", "occasion", "date", "branch", "about")
MAX_OFFSET_DAYS = LONGEST_LATE_DAYS = 60
TRIES = 5
CHUNK = 200  # deliveries per claim, per SMTP connection and per message to a worker
LEASE = timedelta(minutes=15)  # longer than any task may run (CELERY task_time_limit, 600 s)
HORIZON = timedelta(days=400)  # how far from the run's day an open matter may lie
AROUND = timedelta(days=MAX_OFFSET_DAYS + LONGEST_LATE_DAYS)  # repetitions that can still be open or fall due
GROUP_LATE = timedelta(days=7)  # a group is not told of what is older
ROBOT_PER_MINUTE = 20  # where no policy row says otherwise: what the services take from one robot
ROBOT_ROUND = 25  # posts in one task: each may take its whole time limit
DIGESTS = 50  # per SMTP connection: each asks for the to-dos of its person
LOOK_BACK_DAYS = 31  # a longer standstill is a new start: its days are one audit entry, not thousands of rows
_BACK_OFF = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
_REPEATS: dict[RuleKind, tuple[Repeat, ...]] = {
    RuleKind.BIRTHDAY: (Repeat.YEARLY,),
    RuleKind.FESTIVAL: (Repeat.YEARLY,),
    RuleKind.DATE: tuple(Repeat),
    RuleKind.SOURCE: (Repeat.ONCE, Repeat.EVERY),
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


@dataclass(frozen=True)
class Window:
    """The due days ``first..last`` that a run covers; those before ``late_before`` are recorded, not sent.

    ``cut_from``: days from here to ``first`` (exclusive) are not covered at all, None when nothing is cut.
    """

    first: date
    last: date
    late_before: date
    cut_from: date | None = None


@dataclass(frozen=True)
class RuleFacts:
    """What ``refuse_rule`` judges."""

    kind: str
    audience: str
    channels: Sequence[str]
    subject: str
    body: str
    occasion: str = ""
    fixed_on: date | None = None
    source: str = ""
    source_known: bool = True
    offset_days: int = 0
    skip_after_days: int = 0
    repeat: str = Repeat.YEARLY
    every_days: int | None = None
    roles: Sequence[str] = ()
    has_branches: bool = False
    has_segment: bool = False
    has_robots: bool = False


def window(*, on: date, started_on: date | None, covered_until_on: date | None, skip_after_days: int) -> Window:
    """Everything due since the last run, and again what may still go out, for those who came in late.

    A rule that never ran begins on ``on``; a run for a day before the rule's first is about that day alone.
    """
    late_before = on - timedelta(days=skip_after_days)
    if started_on is None or covered_until_on is None or on < started_on:
        return Window(first=on, last=on, late_before=late_before)
    next_day = covered_until_on + timedelta(days=1)
    wanted = max(started_on, min(next_day, late_before))
    earliest = on - timedelta(days=max(LOOK_BACK_DAYS, skip_after_days))
    return Window(
        first=max(wanted, earliest),
        last=on,
        late_before=late_before,
        cut_from=next_day if next_day < earliest else None,
    )


def occasion_years(found: Window, ahead_days: int) -> range:
    """Years in which an occasion of the window can lie: on 28 December, 4 January is next year's."""
    ahead = timedelta(days=ahead_days)
    days = (found.first, found.last, found.first + ahead, found.last + ahead)
    return range(min(day.year for day in days), max(day.year for day in days) + 1)


def in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February is kept on the 28th in common years (REGULATIONS.md 6.5)."""
    return in_month(day, year, day.month)


def in_month(day: date, year: int, month: int) -> date:
    """The same day of another month, or its last day where it is shorter."""
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def repetitions(start: date, *, every: int, first: date, last: date) -> range:
    """The numbers n >= 0 for which ``start`` + n x ``every`` days lies between ``first`` and ``last``, inclusive."""
    return range(max(0, -(-(first - start).days // every)), (last - start).days // every + 1)


def back_off(attempts: int) -> timedelta | None:
    """How long after the ``attempts``-th failure to wait; None: no further try."""
    if attempts >= TRIES:
        return None
    return _BACK_OFF[max(attempts, 1) - 1]


def one_line(text: str) -> str:
    """Fit for a mail header: every run of control characters and white space becomes one space."""
    return _CONTROL.sub(" ", text).strip()


def render(text: str, values: dict[str, str]) -> str:
    """``text`` with its placeholders filled in, once: a name that looks like a placeholder stays a name."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def chinese_date(day: date) -> str:
    return f"{day.month}月{day.day}日"


def refuse_text(subject: str, body: str) -> RuleRefusal | None:
    """Plain text with the named placeholders only."""
    if not subject.strip() or not body.strip():
        return RuleRefusal.EMPTY_TEXT
    if subject != one_line(subject):
        return RuleRefusal.LINE_BREAK_IN_SUBJECT
    for text in (subject, body):
        if set(_PLACEHOLDER.findall(text)) - set(PLACEHOLDERS):
            return RuleRefusal.UNKNOWN_PLACEHOLDER
        if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
            return RuleRefusal.STRAY_BRACE
    return None


def refuse_rule(facts: RuleFacts) -> RuleRefusal | None:
    """A rule that can be carried out: a known day, somebody to tell, a channel, days in range, a fit text."""
    if facts.kind == RuleKind.BIRTHDAY and (facts.occasion or facts.audience not in TO_MEMBERS):
        return RuleRefusal.BIRTHDAY_IS_FOR_MEMBERS
    if facts.occasion not in (Festival.values if facts.kind == RuleKind.FESTIVAL else [""]):
        return RuleRefusal.FESTIVAL_UNKNOWN
    if (facts.kind == RuleKind.DATE) != (facts.fixed_on is not None):
        return RuleRefusal.DATE_UNKNOWN
    if (facts.kind == RuleKind.SOURCE) != bool(facts.source) or not facts.source_known:
        return RuleRefusal.SOURCE_UNKNOWN
    if facts.repeat not in _REPEATS[RuleKind(facts.kind)]:
        return RuleRefusal.REPEAT_DOES_NOT_FIT
    if (facts.repeat == Repeat.EVERY) != (facts.every_days is not None):
        return RuleRefusal.REPEAT_DOES_NOT_FIT
    if (facts.audience == Audience.ROLE) != bool(facts.roles):
        return RuleRefusal.AUDIENCE_INCOMPLETE
    if (facts.audience == Audience.BRANCHES) != facts.has_branches:
        return RuleRefusal.AUDIENCE_INCOMPLETE
    if (facts.audience == Audience.SEGMENT) != facts.has_segment:
        return RuleRefusal.AUDIENCE_INCOMPLETE
    if facts.has_robots and facts.audience in TO_MEMBERS:
        return RuleRefusal.ROBOTS_ARE_FOR_STAFF_RULES
    if not facts.channels or set(facts.channels) - set(Channel.values):
        return RuleRefusal.NO_CHANNEL
    if not (0 <= facts.offset_days <= MAX_OFFSET_DAYS and 0 <= facts.skip_after_days <= LONGEST_LATE_DAYS):
        return RuleRefusal.OFFSET_OUT_OF_RANGE
    return refuse_text(facts.subject, facts.body)
