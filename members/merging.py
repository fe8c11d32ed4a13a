"""How the rows of two records of one person become one's: by relation, and what stands in the way (ADR 0010).

Every foreign key to ``Member`` is found by itself. One whose rows can clash (it is part of a unique or exclusion
constraint) says in its app's ``merging.py`` what becomes of a clash; a merge is refused while one says nothing.

    merging.says("notices.Reminder.member", merging.Way.WHERE_FREE)

    @merging.obstacle("ballots")
    def _(keep: Member, drop: Member) -> str: ...     # why these are two people; "" where nothing says so
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models

from members.models import Member


class Way(StrEnum):
    """What a merge does with the rows of one relation."""

    MOVES = "moves"  # every row
    WHERE_FREE = "where_free"  # the kept person's row stands; one that clashes with it stays where it is
    PERIODS = "periods"  # days that both have: the clerk says whose stand, the other's are taken out and stored
    TERMS = "terms"  # posts: two in one body with a day in common become one
    STAYS = "stays"  # history that nobody rewrites: read together with the kept person (``member_ids_of``)
    SEALED = "sealed"  # values bound to their row: sealed anew where the kept person has none


@dataclass(frozen=True)
class Relation:
    """One foreign key to ``Member``. ``way`` None: nobody has said."""

    label: str
    model: type[models.Model]
    column: str
    way: Way | None


@dataclass(frozen=True)
class Settler:
    """What an upper room does with what hangs on rows that stayed with the dropped record, and how it goes back.

    ``settle(keep, drop)`` runs when the rows have moved and returns what ``unsettle`` needs, as JSON keeps it.
    """

    settle: Callable[[Member, Member], Any]
    unsettle: Callable[[Any], None]


Obstacle = Callable[[Member, Member], str]
_ways: dict[str, Way] = {}
_obstacles: dict[str, Obstacle] = {}
_settlers: dict[str, Settler] = {}


def says(label: str, way: Way) -> None:
    """Declare ``app.Model.field``; once."""
    if _ways.setdefault(label, way) is not way:
        raise ValueError(f"{label} has said already")


def obstacle(name: str) -> Callable[[Obstacle], Obstacle]:
    """Register a reason for which two records cannot be one person: both were on one frozen list or ballot."""

    def register(function: Obstacle) -> Obstacle:
        if _obstacles.setdefault(name, function) is not function:
            raise ValueError(f"{name} is registered already")
        return function

    return register


def settles(name: str, settler: Settler) -> None:
    """Register what has to follow a merge in another table; once."""
    if _settlers.setdefault(name, settler) is not settler:
        raise ValueError(f"{name} is registered already")


def settle_all(keep: Member, drop: Member) -> dict[str, Any]:
    """After the rows have moved; what ``unsettle_all`` takes back."""
    return {name: settler.settle(keep, drop) for name, settler in _settlers.items()}


def unsettle_all(told: dict[str, Any]) -> None:
    """When the rows are back where they were."""
    for name, what in told.items():
        _settlers[name].unsettle(what)


def obstacles_to(keep: Member, drop: Member) -> list[str]:
    """What speaks against the merge, in words."""
    return [why for ask in _obstacles.values() if (why := ask(keep, drop))]


def relations() -> Iterator[Relation]:
    """Every foreign key to ``Member``, those without a name on this side included."""
    for found in Member._meta.get_fields(include_hidden=True):
        if isinstance(found, models.ManyToOneRel):  # one-to-one is one of them; links of many-to-many are there too
            field, model = found.field, found.related_model
            label = f"{model._meta.label}.{field.name}"
            yield Relation(label, model, field.name, _way_of(label, model, field))


def _way_of(label: str, model: type[models.Model], field: models.Field) -> Way | None:
    if label in _ways:
        return _ways[label]
    if getattr(model, "append_only", False) or getattr(model, "read_only", False):
        return Way.STAYS
    return None if _may_clash(model, field) else Way.MOVES


def _may_clash(model: type[models.Model], field: models.Field) -> bool:
    if field.unique or any(field.name in together for together in model._meta.unique_together):
        return True
    for constraint in model._meta.constraints:
        if isinstance(constraint, ExclusionConstraint):
            return True
        if isinstance(constraint, models.UniqueConstraint) and (
            constraint.expressions or field.name in constraint.fields
        ):
            return True
    return False


says("members.MemberSecret.member", Way.SEALED)
says("members.Membership.member", Way.PERIODS)
says("members.KeptMembership.member", Way.PERIODS)
says("members.PayBasis.member", Way.WHERE_FREE)
says("members.PayrollAuthorisation.member", Way.WHERE_FREE)
says("members.Post.member", Way.TERMS)
# An honour or a course that both have is one; a pair of the two with each other stays apart.
for _label in ("HonourHolder.member", "TrainingRecord.member", "Pairing.lead", "Pairing.partner"):
    says(f"members.{_label}", Way.WHERE_FREE)
# Family members go over and stand on the kept person's own open consent where he has one.
says("members.FamilyConsent.member", Way.WHERE_FREE)
# What was said about the two records themselves.
for _label in ("DuplicatePair.first", "DuplicatePair.second", "MergeRecord.keep", "MergeRecord.drop"):
    says(f"members.{_label}", Way.STAYS)
says("members.FeedChange.member", Way.STAYS)
# The dropped record's code is dead with it: it is on no roll. Of two open requests the dropped one's stays.
says("members.MemberCode.member", Way.STAYS)
says("members.ProfileChange.member", Way.WHERE_FREE)
says("members.Consent.member", Way.WHERE_FREE)
