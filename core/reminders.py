"""What may fall due in an app, told from below: each app registers its sources in its ``reminders.py``.

    reminders.add(Source("members.retirement_due", _("会员即将退休"), retirement_due))

A source says which matters have their day in a span of days; whom to remind, when, how often and in which words is a
rule's affair (notices). A matter that the source no longer tells is done: what was not sent about it is left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from core.enums import Role


class Occasion(NamedTuple):
    """One matter and its day.

    ``key``: what it is, the same in every run, at most 60 characters (``application-12``); a matter that begins anew
    has another one. ``about``: in words, class C1 at most (a name, a unit). ``member``: whom it concerns.
    ``waits_for``: the offices in charge; branch officers only those of ``branches``.
    """

    key: str
    on: date
    about: str = ""
    member: int | None = None
    waits_for: tuple[Role, ...] = ()
    branches: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """``occasions(on, first, last)``: all matters that are open as seen from the day ``on`` and whose own day lies
    between the other two, both inclusive; in a few queries, whatever their number."""

    code: str
    label: Any  # lazy text
    occasions: Callable[[date, date, date], Iterable[Occasion]]


_sources: dict[str, Source] = {}


def add(source: Source) -> None:
    """Register a source; one per code."""
    if source.code in _sources:
        raise ValueError(f"{source.code} is a source already")
    _sources[source.code] = source


def sources() -> list[Source]:
    """All there are, by code."""
    return [_sources[code] for code in sorted(_sources)]


def source_of(code: str) -> Source | None:
    return _sources.get(code)
