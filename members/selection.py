"""A choice of people of the roll: a search and values of the roll's own filters, as they stand in an address.

One reading for the list on the screen, segments, bulk acts and exports, so that all of them mean the same people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.models import User
from members.filters import FILTERS, Asked, RollFilter
from members.models import Member
from members.querysets.roll import MemberQuerySet

SEARCH = "q"
LONGEST = 1000  # characters of a query
_NAMES = (SEARCH, *(spec.name for spec in FILTERS))
_PLACES = {"after", "before", "last", "at"}  # where in the list, not who is in it


class Refusal(StrEnum):
    UNKNOWN_FILTER = "selection_unknown_filter"
    UNKNOWN_VALUE = "selection_unknown_value"
    EMPTY = "selection_empty"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    Refusal.UNKNOWN_FILTER: gettext_lazy("筛选条件中有系统不认识的项目。"),
    Refusal.UNKNOWN_VALUE: gettext_lazy("筛选条件中有不存在的选项。"),
    Refusal.EMPTY: gettext_lazy("没有选择任何筛选条件。"),
}


class CannotSelect(DomainError):
    """The address holds something that is no filter of the roll."""


@dataclass(frozen=True)
class Selection:
    """``given``: filter name -> value, and ``q`` for the search; only names that the roll knows."""

    given: dict[str, str]

    @property
    def query(self) -> str:
        """As in an address, always in the same order."""
        return urlencode(self.given)

    def people(self, *, user: User, on: date) -> MemberQuerySet:
        """Who is meant on that day, among those whom ``user`` may see. What is not known means nobody."""
        return self.within(Member.objects.visible_to(user), user=user, on=on)

    def within(self, people: MemberQuerySet, *, user: User, on: date) -> MemberQuerySet:
        asked = Asked(user, on, self.given)
        for spec in FILTERS:
            if value := self.given.get(spec.name):
                people = spec.applied(people, value, asked)
        return people.search(self.given.get(SEARCH, ""))

    def words(self, *, user: User | None, on: date) -> str:
        """``分工会：纺织学院，性别：女``; "" for everybody."""
        asked = Asked(user, on, self.given)
        said = [
            f"{spec.title}：{spec.label(self.given[spec.name], asked)}" for spec in FILTERS if spec.name in self.given
        ]
        if term := self.given.get(SEARCH):
            said.insert(0, _("查找“%(term)s”") % {"term": term})
        return "，".join(said)


def read(given: Mapping[str, Any]) -> Selection:
    """What of an address means people; pages, columns and everything unknown is left out."""
    kept = {name: _clean(given.get(name)) for name in _NAMES}
    return Selection({name: value for name, value in kept.items() if value})


def narrowed(given: Mapping[str, Any], *, to: Sequence[RollFilter], search: str) -> Selection:
    """Of an address only the filters ``to``, and the search as its own form has taken it."""
    known = {spec.name for spec in to}
    kept = {name: value for name, value in read(given).given.items() if name in known}
    return Selection(({SEARCH: search} if search else {}) | kept)


def parse(query: str, *, user: User, on: date) -> Selection:
    """A query string that is to be kept. Raises ``CannotSelect`` where it holds no filter, or anything else."""
    given = dict(parse_qsl(query, keep_blank_values=True)) if len(query) <= LONGEST else {"": ""}
    if set(given) - {*_NAMES, *_PLACES}:
        raise CannotSelect(Refusal.UNKNOWN_FILTER)
    selection = read(given)
    asked = Asked(user, on, selection.given)
    known = all(spec.knows(given[spec.name], asked) for spec in FILTERS if spec.name in selection.given)
    if not known:
        raise CannotSelect(Refusal.UNKNOWN_VALUE)
    if not selection.given:
        raise CannotSelect(Refusal.EMPTY)
    return selection


def names_in(query: str) -> set[str]:
    """Which filters a kept query uses."""
    return {name for name, _value in parse_qsl(query)}


def fingerprint(people: list[int]) -> str:
    """Of exactly these members, whatever their order."""
    return sha256(",".join(map(str, sorted(people))).encode()).hexdigest()[:32]


def _clean(value: Any) -> str:
    """As it was typed, but storable: what is no text becomes a sign that no value has."""
    text = str(value or "")[:LONGEST]
    return "".join(" " if sign.isspace() else sign if sign.isprintable() else "\ufffd" for sign in text)
