"""The people of a daily file beside the register: what is different, as proposals. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.masks import mask_kept4, mask_phone
from core.sealed import hasher
from members.enums import Sex
from members.feed_codes import FeedKind, FeedVerdict
from members.models import Branch, KeptMembership, Member, MemberSecret, Membership
from members.selectors import branch_wording, branch_wordings
from members.selectors.life import retirement_due
from members.services.feed_rows import FeedFile, FeedPerson

FIELDS = (
    *("sex", "birth_on", "ethnicity", "political_status", "education", "title", "department_name", "hired_on"),
    *("phone", "email"),
)
_SEXES = dict(Sex.choices)


@dataclass
class Proposal:
    """One line. ``values``: field -> [before, after] as JSON keeps them; of the ID number its hash and the number."""

    kind: FeedKind
    staff_no: str
    name: str
    member: int | None
    on: date
    branch_before: int | None = None
    branch_after: int | None = None
    values: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Register:
    """What the comparison knows: everybody by staff number, and where who is on the roll with no end recorded.

    ``merged``: a record that is read as another one -> that one.
    """

    people: dict[int, dict[str, Any]]
    numbers: dict[str, int]
    merged: dict[int, int]
    hashes: dict[int, str]
    open_periods: dict[int, int]
    belonging: set[int]
    parents: dict[int, int | None]
    wordings: dict[str, int]


Rejected = tuple[int, str, FeedVerdict, str]  # row, staff number, verdict, whom it names


def compare(file: FeedFile, *, on: date) -> tuple[list[Proposal], list[Rejected]]:
    """Every difference between the file, the whole staff as of ``on``, and the register; and the rows left out.

    A row under the number of a merged record says nothing but that its person is there.
    """
    register = _register(on)
    found: list[Proposal] = []
    rejected: list[Rejected] = [(*one, "") for one in file.rejected]
    for person in sorted(file.people, key=lambda one: one.staff_no):
        member = register.numbers.get(person.staff_no)
        if member in register.merged:
            living = register.people[register.merged[member]]
            about = f"{living['name']}（{living['staff_no']}）"
            rejected.append((person.row, person.staff_no, FeedVerdict.STAFF_NO_MERGED, about))
        else:
            found += _of_person(person, member, register, on)
    numbers = {person.staff_no for person in file.people} | {number for _, number, _ in file.rejected}
    named = {register.numbers[number] for number in numbers & register.numbers.keys()}
    present = {register.merged.get(member, member) for member in named}
    return [*found, *_missing(register, present, on)], sorted(rejected)


def _register(on: date) -> Register:
    people = {row["id"]: row for row in Member.objects.values("id", "staff_no", "name", "merged_into", *FIELDS)}
    periods = Membership.objects.filter(until_on__isnull=True).values_list("member", "branch")
    still = Membership.objects.filter(until_on__gt=on).values_list("member", flat=True)
    open_periods = dict(periods)
    kept = KeptMembership.objects.on(on).values_list("member", flat=True)
    return Register(
        people=people,
        numbers={row["staff_no"]: row["id"] for row in people.values()},
        merged={row["id"]: row["merged_into"] for row in people.values() if row["merged_into"]},
        hashes=dict(MemberSecret.objects.exclude(id_number_hash="").values_list("member", "id_number_hash")),
        open_periods=open_periods,
        belonging={*open_periods, *still, *kept},
        parents=dict(Branch.objects.values_list("pk", "parent")),
        wordings=branch_wordings(),
    )


def _of_person(person: FeedPerson, member: int | None, register: Register, on: date) -> Iterable[Proposal]:
    if person.ending is not None:
        branch = register.open_periods.get(member) if member else None
        if branch is not None:
            day = person.ended_on or on
            yield Proposal(person.ending, person.staff_no, person.name, member, day, branch_before=branch)
        return
    if member is None or member not in register.belonging:
        values = {name: ["", plain(value)] for name, value in person.facts.items()}
        if person.id_number:
            values["id_number"] = ["", person.id_number]
        branch = _branch_of(person, register)
        yield Proposal(FeedKind.JOINED, person.staff_no, person.name, member, on, None, branch, values)
        return
    yield from _differences(person, member, register, on)


def _differences(person: FeedPerson, member: int, register: Register, on: date) -> Iterable[Proposal]:
    known = register.people[member]
    here = (person.staff_no, person.name, member, on)
    changed = {
        name: [plain(known[name]), plain(person.facts[name])]
        for name in FIELDS
        if name in person.facts and person.facts[name] != known[name]
    }
    if person.id_number:
        before, after = register.hashes.get(member, ""), hasher()(person.id_number)
        if before != after:
            changed["id_number"] = [before, person.id_number]
    if person.name != known["name"]:
        yield Proposal(FeedKind.RENAMED, *here, values={"name": [known["name"], person.name]})
    was, now = register.open_periods.get(member), _branch_of(person, register)
    if was is not None and now is not None and not _is_within(was, now, register.parents):
        moved = {"department_name": changed.pop("department_name")} if "department_name" in changed else {}
        yield Proposal(FeedKind.TRANSFERRED, *here, was, now, moved)
    if changed:
        yield Proposal(FeedKind.CHANGED, *here, values=changed)


def _missing(register: Register, present: set[int], on: date) -> Iterable[Proposal]:
    """Who is on the roll and not on the list: has retired, where his age says so, or has left."""
    gone = [member for member in register.open_periods if member not in present]
    if not gone:
        return []
    due = {row.member.pk: row.retires_on for row in retirement_due(until=on, on=on)}
    people = sorted((register.people[member] for member in gone), key=lambda row: row["staff_no"])
    return [
        Proposal(
            FeedKind.RETIRED if row["id"] in due else FeedKind.LEFT,
            row["staff_no"],
            row["name"],
            row["id"],
            due.get(row["id"], on),
            branch_before=register.open_periods[row["id"]],
        )
        for row in people
    ]


def _branch_of(person: FeedPerson, register: Register) -> int | None:
    """The branch that the row names, or else the one that goes by the department's name."""
    for text in (person.branch, person.facts.get("department_name", "")):
        if text and (branch := register.wordings.get(branch_wording(text))) is not None:
            return branch
    return None


def _is_within(branch: int, other: int, parents: Mapping[int, int | None]) -> bool:
    """Whether ``branch`` is ``other`` or a group of it."""
    at: int | None = branch
    while at is not None:
        if at == other:
            return True
        at = parents.get(at)
    return False


def plain(value: Any) -> str:
    """A column's value as JSON keeps it; "" for nothing."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def shown(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The same for the page: phone and ID number masked."""
    return {name: [_masked(name, value, old=not n) for n, value in enumerate(pair)] for name, pair in values.items()}


def _masked(name: str, value: str, *, old: bool) -> str:
    if not value:
        return ""
    if name == "phone":
        return mask_phone(value)
    if name == "id_number":
        return "****" if old else mask_kept4(value[-4:])
    return str(_SEXES.get(value, value)) if name == "sex" else value
