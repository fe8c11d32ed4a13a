"""What happened to a person, told by every app: each registers a source in its ``history.py``.

    @timeline.source("membership")
    def periods(member: Member) -> Iterable[Event]: ...

A source reads what the member himself may know; ``officer`` says whether his branch officer may see the event too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from members.models import Member


@dataclass(frozen=True)
class Event:
    """One line: the day, the kind in one word (会籍, 荣誉, 任职), what happened. ``officer``: his branch may know."""

    on: date
    kind: str
    title: str
    detail: str = ""
    officer: bool = True


_sources: dict[str, Callable[[Member], Iterable[Event]]] = {}


def source(name: str) -> Callable[[Callable[[Member], Iterable[Event]]], Callable[[Member], Iterable[Event]]]:
    """Register a function that yields a member's events; one per name."""

    def register(tell: Callable[[Member], Iterable[Event]]) -> Callable[[Member], Iterable[Event]]:
        if name in _sources:
            raise ValueError(f"{name} tells its events already")
        _sources[name] = tell
        return tell

    return register


def events_of(member: Member, *, for_officer: bool = False) -> list[Event]:
    """Everything that happened to the member, newest first; for his officer only what the branch may know."""
    events = [event for tell in _sources.values() for event in tell(member) if event.officer or not for_officer]
    return sorted(events, key=lambda event: (event.on, event.kind, event.title), reverse=True)
