"""One person's years: everything that happened to him, by year, one kind of it or all."""

from dataclasses import dataclass
from itertools import groupby

from members import timeline
from members.models import Member
from members.timeline import Event


@dataclass(frozen=True)
class Story:
    """``years``: (year, its events, newest first); ``kinds``: every kind there is; ``kind``: the chosen one or ""."""

    years: list[tuple[int, list[Event]]]
    kinds: list[str]
    kind: str


def story_of(member: Member, *, kind: str = "", for_officer: bool = False) -> Story:
    """What ``timeline`` tells, for the member himself or for his officer. An unknown kind is no filter."""
    events = timeline.events_of(member, for_officer=for_officer)
    kinds = sorted({event.kind for event in events})
    chosen = kind if kind in kinds else ""
    shown = [event for event in events if not chosen or event.kind == chosen]
    years = [(year, list(some)) for year, some in groupby(shown, key=lambda event: event.on.year)]
    return Story(years, kinds, chosen)
