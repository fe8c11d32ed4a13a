"""Which dated rules judge a run, branch by branch: the narrowest scope in force on its day (REGULATIONS 0, 6.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from core import policies
from core.enums import Effect, Scope
from core.models import PolicyRule
from members.models import Branch
from welfare.enums import FESTIVALS, Occasion, Verdict
from welfare.rules import is_festival

LIST_KEY = "benefit.festival.list"


class Slot(NamedTuple):
    """One ceiling: over which occasions of the year it adds up, whether it counts times instead of yuan."""

    key: str
    group: tuple[str, ...]
    counts: bool = False


def slots_of(occasion: str) -> list[Slot]:
    """The ceilings of an occasion: the year's over the group, then its own."""
    alone = (str(occasion),)
    match occasion:
        case _ if is_festival(occasion):
            return [
                Slot("benefit.festival.year_ceiling", tuple(map(str, FESTIVALS))),
                Slot("benefit.festival.each_ceiling", alone),
            ]
        case Occasion.BIRTHDAY:
            return [Slot("benefit.birthday.ceiling", alone)]
        case Occasion.CINEMA:
            return [Slot("benefit.cinema.year_ceiling", alone)]
        case Occasion.PARK_CARD:
            return [
                Slot("benefit.park_card.year_ceiling", alone),
                Slot("benefit.park_card.per_year", alone, counts=True),
            ]
    return []


@dataclass(frozen=True)
class Ceilings:
    """``rules``: slot -> branch -> the row that judges there; a slot without any row is not in it."""

    occasion: str
    on: date
    slots: list[Slot]
    rules: Mapping[Slot, Mapping[int, PolicyRule]] = field(default_factory=dict)

    @property
    def group(self) -> list[str]:
        """Occasions whose runs of the year have to be known."""
        return sorted({str(self.occasion), *(one for slot in self.slots for one in slot.group)})

    def rule(self, slot: Slot, branch: int | None) -> PolicyRule | None:
        return self.rules.get(slot, {}).get(branch or 0)

    def limit(self, rule: PolicyRule) -> Decimal | None:
        """Yuan, or times; None where the row says nothing of this festival."""
        value: Any = rule.value
        if isinstance(value, dict):
            value = value.get(str(Occasion(self.occasion).label))
        return None if value is None or isinstance(value, bool) else Decimal(str(value))

    def main_rule(self) -> PolicyRule | None:
        """The one that is kept on the case where none was broken: that of the year's sum, in most branches."""
        for slot in self.slots:
            rows = list(self.rules.get(slot, {}).values())
            if rows:
                return max(rows, key=rows.count)
        return None


def ceilings_of(occasion: str, *, on: date) -> Ceilings:
    """In a handful of queries, more only where a branch has a rule of its own."""
    slots = slots_of(occasion)
    branches = dict(Branch.objects.values_list("pk", "short_name"))
    keys = [slot.key for slot in slots]
    own = set(PolicyRule.objects.filter(key__in=keys, scope=Scope.BRANCH).values_list("key", "place"))
    found: dict[Slot, dict[int, PolicyRule]] = {}
    for slot in slots:
        general = policies.rule_at(slot.key, on=on)
        rows = {}
        for pk, name in branches.items():
            rule = policies.rule_at(slot.key, on=on, branch=name) if (slot.key, name) in own else general
            if rule is not None:
                rows[pk] = rule
        if rows:
            found[slot] = rows
    return Ceilings(str(occasion), on, slots, found)


def festival_rule(occasion: str, *, on: date) -> tuple[PolicyRule | None, bool]:
    """The list of festivals in force, and whether this one is on it; other occasions are not asked about."""
    if not is_festival(occasion):
        return None, True
    rule = policies.rule_at(LIST_KEY, on=on)
    return rule, rule is None or str(Occasion(occasion).label) in rule.value


@dataclass(frozen=True)
class Finding:
    """What one rule said of a run: how many of the people of ``branches`` are over it. ``limit`` None: no ceiling."""

    rule: PolicyRule
    people: int
    words: str
    slot: Slot | None = None
    limit: Decimal | None = None
    branches: tuple[int, ...] = ()

    @property
    def blocks(self) -> bool:
        return bool(self.people) and self.rule.effect == Effect.BLOCK

    def as_json(self) -> dict[str, Any]:
        """As the run keeps it: the rule's row may be edited later, what judged the run stays (``books.py``)."""
        said = {"rule": self.rule.pk, "people": self.people, "words": self.words}
        kept = {**said, "effect": self.rule.effect, "basis": self.rule.decided_by}
        if self.slot is None or self.limit is None:
            return kept
        asked = {"group": list(self.slot.group), "counts": self.slot.counts, "branches": list(self.branches)}
        return {**kept, **asked, "limit": str(self.limit)}


def words_of(rule: PolicyRule, people: int) -> str:
    """节日慰问全年上限：1800 元/人·年（苏工发〔2018〕13号），超过的有 706 人。"""
    facts = {"rule": str(rule), "basis": rule.decided_by, "people": people}
    if not people:
        return _("%(rule)s（%(basis)s），没有人超过。") % facts
    return _("%(rule)s（%(basis)s），超过的有 %(people)d 人。") % facts


def verdict_of(findings: list[Finding]) -> Verdict:
    if not findings:
        return Verdict.NO_RULE
    return Verdict.WARNED if any(finding.people for finding in findings) else Verdict.CLEAR
