"""Bodies and posts: founding an organ, appointing, ending; what ends with a membership.

A post grants no right in the programs: that is a ``RoleGrant`` (DESIGN.md). Every service raises ``PermissionDenied``
or ``CannotAppoint`` and changes nothing then. ``on`` of an end is the last day.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from core import audit, policies
from core.constraints import refused_by
from core.enums import Effect
from core.errors import DomainError
from core.models import PolicyRule, User
from members.enums import OF_A_BRANCH, TERMED, BodyKind, Sex
from members.models import Body, Branch, Member, Membership, Post
from members.rules import posts as rules
from members.rules.posts import Note, PostRefusal
from members.selectors import branches_below

AUDIT_APART, WOMEN_ONLY, SEATS = "members.posts.audit_apart", "members.posts.women_only", "members.posts.seats"
_BASIS = "工会法第十条、第十一条、第十六条"


class CannotAppoint(DomainError):
    """Against a rule of bodies and posts; ``code`` is a ``PostRefusal``."""


@transaction.atomic
def found_body(
    *,
    kind: str,
    name: str,
    from_on: date,
    term_years: int | None,
    branch: Branch | None,
    document: str = "",
    actor: User,
    at: datetime,
) -> Body:
    """A committee for its term of 3 or 5 years (工会法 Art 16), or a standing group of people."""
    if not actor.has_perm("members.add_body"):
        raise PermissionDenied
    if (kind in TERMED) != (term_years in (3, 5)):
        raise CannotAppoint(PostRefusal.NO_TERM)
    if (kind in OF_A_BRANCH) != (branch is not None):
        raise CannotAppoint(PostRefusal.WRONG_BRANCH)
    due_on = rules.term_end(from_on, term_years) if term_years else None
    values = {"kind": kind, "name": name, "from_on": from_on, "term_years": term_years, "branch": branch}
    with refused_by(body_one_of_a_kind_at_a_time=lambda: CannotAppoint(PostRefusal.BODY_TAKEN)):
        body = Body.objects.create(due_on=due_on, document=document, **values)
    data = {"kind": kind, "from_on": str(from_on), "years": term_years}
    audit.record(actor=actor, action="members.body.created", target=body, basis=document, data=data, at=at)
    return body


@transaction.atomic
def end_body(*, body: Body, on: date, actor: User, at: datetime, document: str = "") -> Body:
    """The term is over: ``on`` was the last day of the body and of every post still held in it."""
    body = Body.objects.select_for_update().get(pk=body.pk)
    if not actor.has_perm("members.change_body"):
        raise PermissionDenied
    until_on = on + timedelta(days=1)
    if body.until_on is not None:
        raise CannotAppoint(PostRefusal.ENDED)
    if until_on <= body.from_on:
        raise CannotAppoint(PostRefusal.BEFORE_IT_BEGAN)
    if body.posts.held().filter(Q(from_on__gte=until_on) | Q(until_on__gt=until_on)).exists():
        raise CannotAppoint(PostRefusal.POSTS_OPEN)
    body.until_on = until_on
    body.save(update_fields=["until_on"])
    for post in body.posts.filter(until_on__isnull=True).order_by("pk").select_for_update():
        _close(post, until_on, document or body.name, actor, at)
    data = {"on": str(on)}
    audit.record(actor=actor, action="members.body.ended", target=body, basis=document, data=data, at=at)
    return body


@transaction.atomic
def appoint(
    *,
    body: Body,
    member: Member,
    position: str,
    how: str,
    from_on: date,
    actor: User,
    at: datetime,
    duty: str = "",
    document: str = "",
    kin_checked: bool = False,
) -> Post:
    """``member`` holds ``position`` in ``body`` from that day; what is against a rule that warns is in ``notes``."""
    body = Body.objects.select_for_update().get(pk=body.pk)  # the seats are counted under this lock
    member = Member.objects.select_for_update().get(pk=member.pk)  # and his other posts under this one
    if not actor.has_perm("members.add_post"):
        raise PermissionDenied
    if member.user_id in actor.counts_as:
        raise CannotAppoint(PostRefusal.OWN_POST)
    _refuse_place(body, member, position, from_on)
    notes = _notes(body, member, from_on, kin_checked)
    values = {"how": how, "from_on": from_on, "duty": duty, "document": document, "kin_checked": kin_checked}
    with refused_by(post_one_per_member_and_body=_taken, post_one_chair_per_body=_taken):
        post = Post.objects.create(body=body, member=member, position=position, notes=notes, **values)
    _record("appointed", post, actor, at, document, {"from_on": str(from_on), "notes": notes})
    return post


def _taken() -> CannotAppoint:
    return CannotAppoint(PostRefusal.TAKEN)


def _refuse_place(body: Body, member: Member, position: str, from_on: date) -> None:
    if refusal := rules.refuse_position(kind=body.kind, position=position):
        raise CannotAppoint(refusal)
    if from_on < body.from_on or (body.until_on and from_on >= body.until_on):
        raise CannotAppoint(PostRefusal.OUTSIDE_BODY)
    here = Membership.objects.on(from_on).filter(member=member).values_list("branch", flat=True).first()
    if here is None:
        raise CannotAppoint(PostRefusal.NOT_ON_ROLL)
    if body.kind == BodyKind.BRANCH_COMMITTEE and body.branch_id and here not in branches_below([body.branch_id]):
        raise CannotAppoint(PostRefusal.NOT_IN_BRANCH)


def _notes(body: Body, member: Member, on: date, kin_checked: bool) -> list[dict[str, Any]]:
    """What is against a rule that warns; raises for one that the school has made a prohibition."""
    found: list[tuple[Note, PolicyRule | None]] = []
    others = Post.objects.on(on).filter(member=member, body__kind__in=[BodyKind.COMMITTEE, BodyKind.AUDIT])
    if rules.mixes_audit(kind=body.kind, others=list(others.values_list("body__kind", flat=True))):
        found.append((Note.AUDIT_APART, _judge(AUDIT_APART, on, PostRefusal.AUDIT_APART)))
    if body.kind == BodyKind.WOMEN and member.sex != Sex.FEMALE:
        found.append((Note.WOMEN_ONLY, _judge(WOMEN_ONLY, on, PostRefusal.WOMEN_ONLY)))
    if body.kind == BodyKind.COMMITTEE:
        if not kin_checked:
            found.append((Note.KIN_NOT_CHECKED, None))
        if rule := _too_many(body, on):
            found.append((Note.TOO_MANY_SEATS, rule))
    return [{"code": str(note), "rule": rule.pk if rule else None} for note, rule in found]


def _judge(key: str, on: date, refusal: PostRefusal) -> PolicyRule | None:
    """The row in force; one that blocks raises. Without a row the house only warns."""
    rule = policies.rule_at(key, on=on)
    if rule and rule.value is True and rule.effect == Effect.BLOCK:
        raise CannotAppoint(refusal)
    return rule


def _too_many(body: Body, on: date) -> PolicyRule | None:
    rule = policies.rule_at(SEATS, on=on)
    if rule is None:
        return None
    seats = rules.seats_for(Membership.objects.on(on).count(), rule.value)
    taken = Post.objects.on(on).filter(body=body).count()
    return rule if seats and taken + 1 > seats.most else None


@transaction.atomic
def end(*, post: Post, on: date, actor: User, at: datetime, document: str = "") -> Post:
    """``on`` was the last day of the post."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    if not actor.has_perm("members.change_post"):
        raise PermissionDenied
    if post.until_on is not None:
        raise CannotAppoint(PostRefusal.ENDED)
    if on < post.from_on:
        raise CannotAppoint(PostRefusal.BEFORE_IT_BEGAN)
    _close(post, on + timedelta(days=1), document, actor, at)
    return post


@transaction.atomic
def end_for(
    *, member: Member, on: date, actor: User | None, at: datetime, document: str = ""
) -> list[dict[str, Any]]:
    """Every post of somebody whose membership ended with ``on``; returns what they said before, for ``restore``.

    Part of a change of membership: the caller has the right, ``actor`` None is the system. A post that was to begin
    later keeps its row, without days.
    """
    until_on = on + timedelta(days=1)
    later = Q(until_on__isnull=True) | Q(until_on__gt=until_on)
    told = []
    for post in Post.objects.filter(later, member=member).held().order_by("pk").select_for_update():
        told.append({"id": post.pk, "until_on": str(post.until_on) if post.until_on else None})
        _close(post, max(until_on, post.from_on), document, actor, at)
    return told


@transaction.atomic
def restore(*, told: list[dict[str, Any]], actor: User | None, at: datetime) -> None:
    """Posts as ``end_for`` found them, when the change of membership is taken back; a seat filled since stays so."""
    rows = Post.objects.filter(pk__in=[one["id"] for one in told]).order_by("pk").select_for_update()
    held = {post.pk: post for post in rows}  # all of them before the first entry, which holds the chain's head
    for one in told:
        post = held.get(one["id"])
        if post is None:  # one with another since, by a merge
            continue
        post.until_on = date.fromisoformat(one["until_on"]) if one["until_on"] else None
        post.end_document = ""
        try:
            with transaction.atomic():
                post.save(update_fields=["until_on", "end_document"])
        except IntegrityError:
            continue
        _record("resumed", post, actor, at, "", {})


def _close(post: Post, until_on: date, document: str, actor: User | None, at: datetime) -> None:
    post.until_on, post.end_document = until_on, document[:100]
    post.save(update_fields=["until_on", "end_document"])
    _record("ended", post, actor, at, document, {"until_on": str(until_on)})


def _record(verb: str, post: Post, actor: User | None, at: datetime, basis: str, facts: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        action=f"members.post.{verb}",
        target=post,
        subject=post.member_id,
        basis=basis or _BASIS,
        data={"body": post.body_id, "position": post.position, **facts},
        at=at,
    )
