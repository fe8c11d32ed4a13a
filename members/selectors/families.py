"""Children of members by age: counted from the sealed birth dates, in memory, for one answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from core.sealed import SealedField
from members.enums import Relation
from members.models import Branch, FamilyMember, Membership
from members.rules.families import age_on


@dataclass(frozen=True)
class Child:
    """One child of a member who is on the roll of ``branch`` that day. Class C3: never stored, never logged."""

    person: FamilyMember
    branch: Branch
    born_on: date
    age: int


def children_under(age: int, on: date) -> list[Child]:
    """Children of members on the roll of ``on`` who are younger than ``age`` that day (六一: 14)."""
    return children_between(0, age, on)


def children_between(youngest: int, under: int, on: date) -> list[Child]:
    """Those of ``youngest`` <= age < ``under`` on that day, by branch and age (入园: 3 to 7)."""
    branches = {period.member_id: period.branch for period in Membership.objects.on(on).select_related("branch")}
    sealed = cast(SealedField, FamilyMember._meta.get_field("birth_on"))
    found = []
    for person in FamilyMember.objects.filter(relation=Relation.CHILD, member__in=branches).select_related("member"):
        born = date.fromisoformat(sealed.take(person))
        age = age_on(born, on)
        if youngest <= age < under:
            found.append(Child(person, branches[person.member_id], born, age))
    return sorted(found, key=lambda child: (child.branch.position, child.branch.pk, child.age, child.person.pk))


def by_branch(children: Iterable[Child]) -> dict[Branch, int]:
    """How many, by branch in the branches' order."""
    counted: dict[Branch, int] = {}
    for child in children:
        counted[child.branch] = counted.get(child.branch, 0) + 1
    return counted
