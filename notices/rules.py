"""When something is due, how late is too late, and what may stand in a text: facts in, verdict out."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from notices.enums import Audience, Channel, Festival, RuleKind, RuleRefusal

PLACEHOLDERS = ("name", "days", "occasion", "date", "branch")
MAX_OFFSET_DAYS = 60
TRIES = 5
CHUNK = 200  # deliveries per claim, per SMTP connection and per message to a worker
LEASE = timedelta(minutes=15)  # longer than any task may run (CELERY task_time_limit, 600 s)
LOOK_BACK_DAYS = 31  # a longer standstill is a new start: its days are one audit entry, not thousands of rows
_BACK_OFF = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
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


def occasion_years(found: Window, offset_days: int) -> range:
    """Years in which an occasion of the window can lie: on 28 December, 4 January is next year's."""
    return range(found.first.year, (found.last + timedelta(days=offset_days)).year + 1)


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


def refuse_rule(
    *,
    kind: str,
    occasion: str,
    audience: str,
    channels: list[str],
    offset_days: int,
    skip_after_days: int,
    subject: str,
    body: str,
) -> RuleRefusal | None:
    """A rule that can be carried out: known festival, a channel, days from 0 to 60, a text that renders."""
    if kind == RuleKind.FESTIVAL and occasion not in Festival.values:
        return RuleRefusal.FESTIVAL_UNKNOWN
    if kind == RuleKind.BIRTHDAY and (occasion or audience != Audience.MEMBERS):
        return RuleRefusal.BIRTHDAY_IS_FOR_MEMBERS
    if not channels or set(channels) - set(Channel.values):
        return RuleRefusal.NO_CHANNEL
    if not (0 <= offset_days <= MAX_OFFSET_DAYS and 0 <= skip_after_days <= MAX_OFFSET_DAYS):
        return RuleRefusal.OFFSET_OUT_OF_RANGE
    return refuse_text(subject, body)
