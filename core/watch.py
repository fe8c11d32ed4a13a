"""Abuse stories over the audit's entries (TRUST.md Q5): facts in, findings out. No table, no clock.

A window is ``(t - length, t]`` and ends at an entry, so a finding is of the moment at which the bound was reached.
All bounds are the house's suggestion; docs/rules.md lists them.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from core.enums import Story

HOUR = timedelta(hours=1)
MANY_REVEALS = 50  # by one person within an hour
MANY_REFUSALS = 20  # 403 and 404, of one account within an hour
MANY_ACCOUNTS = 20  # tried from one address within SPRAYING
SPRAYING = timedelta(minutes=15)
OFF_HOURS = (22, 6)  # local: granting an office
NIGHT = (0, 5)  # local: printing and exporting lists
LONGEST = max(HOUR, SPRAYING)  # how far back of the last look the facts must reach

ACTIONS = (
    "_revealed",
    "core.rolegrant.granted",
    "_refused",
    "printed",
    "exported",
)  # what an action of interest ends in
_BY_DAY = frozenset({Story.NIGHT_LISTS, Story.BROKEN_CHAIN, Story.BROKEN_BOOKS, Story.PARKED_WORK})


@dataclass(frozen=True)
class Fact:
    """An audit entry as far as the stories go. ``data``: the entry's own."""

    at: datetime
    actor: int | None
    address: str
    action: str
    data: dict


@dataclass(frozen=True)
class Finding:
    """A story of one subject: ``user:12``, ``address:10.0.0.1``, ``task:app.verb``, or "" for the house."""

    story: Story
    subject: str
    at: datetime
    count: int

    @property
    def period(self) -> str:
        """The local hour, or the day: within it a story of one subject is told once."""
        local = timezone.localtime(self.at)
        return f"{local:%Y-%m-%d}" if self.story in _BY_DAY else f"{local:%Y-%m-%dT%H}"


def findings(facts: Iterable[Fact]) -> list[Finding]:
    """Every story in ``facts``, once per subject and period, with the largest count."""
    in_order = sorted(facts, key=lambda fact: fact.at)
    found: dict[tuple[str, str, str], Finding] = {}
    for story in (many_reveals, many_refusals, spraying, role_to_self, grants_off_hours, night_lists):
        for finding in story(in_order):
            key = (finding.story, finding.subject, finding.period)
            if key not in found or finding.count > found[key].count:
                found[key] = finding
    return list(found.values())


def many_reveals(facts: list[Fact]) -> Iterator[Finding]:
    """T11: numbers in full, one after the other."""
    chosen = [fact for fact in facts if fact.action.endswith("_revealed")]
    yield from _crowds(Story.MANY_REVEALS, chosen, by=_person, within=HOUR, least=MANY_REVEALS)


def many_refusals(facts: list[Fact]) -> Iterator[Finding]:
    """T1: an account that tries doors."""
    chosen = [
        fact
        for fact in facts
        if fact.action == "core.request.access_refused"
        and fact.actor is not None
        and fact.data.get("status") in (403, 404)
    ]
    yield from _crowds(Story.MANY_REFUSALS, chosen, by=_person, within=HOUR, least=MANY_REFUSALS)


def spraying(facts: list[Fact]) -> Iterator[Finding]:
    """T8: one address, many accounts, few passwords each: no account's own limit sees it."""
    chosen = [fact for fact in facts if fact.action == "core.user.sign_in_refused" and fact.address]
    yield from _crowds(
        Story.SPRAYING,
        chosen,
        by=lambda fact: f"address:{fact.address}",
        within=SPRAYING,
        least=MANY_ACCOUNTS,
        what=lambda fact: fact.data.get("typed"),
    )


def role_to_self(facts: list[Fact]) -> Iterator[Finding]:
    """TRUST.md 3: refused by rule and by constraint; that it was tried is the story."""
    for fact in facts:
        if fact.action == "core.request.access_refused" and fact.data.get("code") == "grant_not_to_oneself":
            yield Finding(Story.ROLE_TO_SELF, _person(fact), fact.at, 1)


def grants_off_hours(facts: list[Fact]) -> Iterator[Finding]:
    """An office given while nobody is at his desk."""
    begins, ends = OFF_HOURS
    for fact in facts:
        hour = timezone.localtime(fact.at).hour
        if fact.action == "core.rolegrant.granted" and (hour >= begins or hour < ends):
            yield Finding(Story.GRANT_OFF_HOURS, _person(fact), fact.at, 1)


def night_lists(facts: list[Fact]) -> Iterator[Finding]:
    """T11: lists of people printed or exported in the night; the count is of that night."""
    begins, ends = NIGHT
    nights: Counter[tuple[str, object]] = Counter()
    for fact in facts:
        local = timezone.localtime(fact.at)
        if fact.action.endswith(("printed", "exported")) and begins <= local.hour < ends:
            nights[_person(fact), local.date()] += 1
            yield Finding(Story.NIGHT_LISTS, _person(fact), fact.at, nights[_person(fact), local.date()])


def _person(fact: Fact) -> str:
    return f"user:{fact.actor}" if fact.actor is not None else ""


def _crowds(
    story: Story,
    facts: list[Fact],
    *,
    by: Callable[[Fact], str],
    within: timedelta,
    least: int,
    what: Callable[[Fact], object] = id,
) -> Iterator[Finding]:
    """Where ``least`` different ``what`` of one subject lie within the window that ends at an entry."""
    windows: dict[str, deque[Fact]] = defaultdict(deque)
    counts: dict[str, Counter] = defaultdict(Counter)
    for fact in facts:
        subject = by(fact)
        window, seen = windows[subject], counts[subject]
        window.append(fact)
        seen[what(fact)] += 1
        while window[0].at <= fact.at - within:
            gone = what(window.popleft())
            seen[gone] -= 1
            if not seen[gone]:
                del seen[gone]
        if len(seen) >= least:
            yield Finding(story, subject, fact.at, len(seen))
