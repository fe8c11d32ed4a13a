"""Reads about bodies and posts: the organisation of a day, terms that are over, posts beside rights."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from core.enums import Role
from core.models import RoleGrant
from members.enums import BodyKind, Position
from members.models import Body, Branch, Membership, Post

_KINDS = list(BodyKind)
_POSITIONS = list(Position)


@dataclass
class Seated:
    """A body with who sat in it on the day, the chair first."""

    body: Body
    posts: list[Post] = field(default_factory=list)
    overrun: bool = False


@dataclass
class Unit:
    """A branch of the chart: ``people`` of its own on the roll that day, ``total`` with everything under it."""

    branch: Branch
    depth: int
    people: int
    total: int = 0
    bodies: list[Seated] = field(default_factory=list)
    children: list["Unit"] = field(default_factory=list)


@dataclass(frozen=True)
class Chart:
    """The union of one day: its own bodies, then the tree of branches, flat in ``units`` with their depth."""

    on: date
    bodies: list[Seated]
    units: list[Unit]
    people: int


def chart_on(day: date) -> Chart:
    """The organisation of ``day``: whatever had people or a body then, and branches in use. Four queries."""
    counts: dict[int, int] = defaultdict(int)
    for branch in Membership.objects.on(day).values_list("branch", flat=True):
        counts[branch] += 1
    seated = _seated(day)
    by_branch: dict[int | None, list[Seated]] = defaultdict(list)
    for one in seated:
        by_branch[one.body.branch_id].append(one)
    branches = list(Branch.objects.order_by("position", "pk"))
    below: dict[int | None, list[Branch]] = defaultdict(list)
    for branch in branches:
        below[branch.parent_id].append(branch)
    units: list[Unit] = []
    for root in below[None]:
        _walk(root, 0, below, counts, by_branch, units)
    return Chart(day, by_branch[None], units, sum(counts.values()))


def _seated(day: date) -> list[Seated]:
    bodies = sorted(Body.objects.on(day), key=lambda body: (_KINDS.index(BodyKind(body.kind)), body.pk))
    found = {body.pk: Seated(body, overrun=bool(body.due_on and body.due_on <= day)) for body in bodies}
    posts = Post.objects.on(day).filter(body__in=found).select_related("member")
    for post in sorted(posts, key=lambda post: (_POSITIONS.index(Position(post.position)), post.pk)):
        found[post.body_id].posts.append(post)
    return list(found.values())


def _walk(branch, depth, below, counts, bodies, units: list[Unit]) -> Unit | None:
    """Append the branch and what is under it; a closed one without people, bodies or children is left out."""
    unit = Unit(branch, depth, counts[branch.pk], bodies=bodies[branch.pk])
    place = len(units)
    units.append(unit)
    for child in below[branch.pk]:
        if made := _walk(child, depth + 1, below, counts, bodies, units):
            unit.children.append(made)
    unit.total = unit.people + sum(child.total for child in unit.children)
    if not (branch.is_active or unit.total or unit.bodies or unit.children):
        del units[place]
        return None
    return unit


@dataclass(frozen=True)
class Missing:
    """A post without its right in the programs, or a right without its post."""

    who: str
    staff_no: str
    what: str


@dataclass(frozen=True)
class Compared:
    without_role: list[Missing]
    without_post: list[Missing]


def posts_beside_roles(day: date) -> Compared:
    """Posts to which an office in the programs usually belongs, beside the offices granted on ``day``.

    主席 of the union: 主席; 主席 of a branch: its officer; 经审: 经审委员. Nothing is granted here.
    """
    wanted: dict[tuple[int, str, int | None], Post] = {}
    lost: list[Missing] = []
    for post in _with_office(day):
        key = _office_of(post)
        if post.member.user_id is None:
            lost.append(Missing(post.member.name, post.member.staff_no, _said(post)))
        else:
            wanted[post.member.user_id, key, _scope_of(post)] = post
    roles = [Role.CHAIR, Role.BRANCH_OFFICER, Role.AUDITOR]
    grants = RoleGrant.objects.in_force(day).filter(role__in=roles, user__is_active=True)
    held = {(grant.user_id, grant.role, grant.branch_id): grant for grant in grants.select_related("user", "branch")}
    lost += [Missing(p.member.name, p.member.staff_no, _said(p)) for key, p in wanted.items() if key not in held]
    extra = [
        Missing(
            g.user.name, g.user.username, f"{g.get_role_display()}{f'（{g.branch.short_name}）' if g.branch else ''}"
        )
        for key, g in held.items()
        if key not in wanted
    ]
    return Compared(lost, extra)


def _with_office(day: date) -> Iterable[Post]:
    chairs = Post.objects.on(day).filter(
        body__kind__in=[BodyKind.COMMITTEE, BodyKind.BRANCH_COMMITTEE], position=Position.CHAIR
    )
    audit = Post.objects.on(day).filter(body__kind=BodyKind.AUDIT)
    return (chairs | audit).select_related("member", "body", "body__branch").order_by("pk")


def _office_of(post: Post) -> str:
    if post.body.kind == BodyKind.AUDIT:
        return Role.AUDITOR
    return Role.CHAIR if post.body.kind == BodyKind.COMMITTEE else Role.BRANCH_OFFICER


def _scope_of(post: Post) -> int | None:
    return post.body.branch_id if post.body.kind == BodyKind.BRANCH_COMMITTEE else None


def _said(post: Post) -> str:
    return f"{post.body.name} {post.get_position_display()}"
