"""What a clerk says to the lines of a daily file: confirmed, and the register changes; or not, and why.

Each line is done or refused by itself: one that the rules refuse leaves the others.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Field
from django.utils.translation import gettext as _

from core import audit, telling
from core.errors import DomainError
from core.models import User
from core.pinyin import search_terms, sort_key
from core.sealed import keyed_hash
from members.feed_codes import ChangeState, FeedKind, FeedRefusal, FeedState
from members.models import FeedChange, FeedRun, KeptMembership, Member, MemberSecret, MembershipAct
from members.services import life
from members.services.feed_compare import plain
from members.services.register_lock import hold, join_the_writers

INVITED = "members.feed_invited"
COLUMNS: dict[str, Field] = {column.name: column for column in Member._meta.concrete_fields}
_ENDINGS = (FeedKind.LEFT, FeedKind.DIED, FeedKind.RETIRED)


class CannotConfirm(DomainError):
    """The line is not confirmed or dismissed; ``code`` is a ``FeedRefusal``."""


@dataclass
class Outcome:
    """Lines done, lines that no longer hold, and lines refused with the reason in words."""

    done: list[FeedChange] = field(default_factory=list)
    superseded: list[FeedChange] = field(default_factory=list)
    refused: list[tuple[FeedChange, str]] = field(default_factory=list)


@transaction.atomic
def confirm(
    *,
    run: FeedRun,
    changes: Sequence[int],
    actor: User,
    at: datetime,
    on: date | None = None,
    other_union: str = "",
) -> Outcome:
    """Do what these lines of ``run`` propose, in the order of their numbers; ``on`` instead of each line's own day.

    Changes of membership go through the life services with the daily file as their document. Raises
    ``PermissionDenied``, or ``CannotConfirm`` where the run as a whole is not open.
    """
    rows = _locked(run, changes, actor)
    outcome = Outcome()
    for change in rows:
        try:
            with transaction.atomic():
                is_done = _confirm_one(change, actor, at, on, other_union)
        except DomainError as refused:
            outcome.refused.append((change, refused.message))
        else:
            (outcome.done if is_done else outcome.superseded).append(change)
    return outcome


@transaction.atomic
def dismiss(*, run: FeedRun, changes: Sequence[int], actor: User, at: datetime, reason: str) -> Outcome:
    """不采用: the register is right; later files that say the same do not propose it again."""
    rows = _locked(run, changes, actor)
    if not reason.strip():
        raise CannotConfirm(FeedRefusal.NO_REASON)
    outcome = Outcome()
    for change in rows:
        if change.state != ChangeState.PROPOSED:
            outcome.refused.append((change, FeedRefusal.DECIDED.label))
        else:
            _decide(change, ChangeState.DISMISSED, actor, at, reason.strip()[:200])
            outcome.done.append(change)
    return outcome


def held_run(run: FeedRun) -> FeedRun:
    """The run, locked until the commit: of two clerks with one line the second finds it decided."""
    return FeedRun.objects.select_for_update().get(pk=run.pk)


def _locked(run: FeedRun, changes: Sequence[int], actor: User) -> list[FeedChange]:
    run = held_run(run)
    if not actor.has_perm("members.change_feedchange"):
        raise PermissionDenied
    if run.state != FeedState.OPEN:
        raise CannotConfirm(FeedRefusal.RUN_HELD if run.state == FeedState.HELD else FeedRefusal.RUN_CLOSED)
    rows = list(FeedChange.objects.filter(run=run, pk__in=changes).select_related("member").order_by("pk"))
    if not rows:
        raise CannotConfirm(FeedRefusal.NOBODY)
    for row in rows:
        row.run = run
    return rows


def _confirm_one(change: FeedChange, actor: User, at: datetime, on: date | None, other_union: str) -> bool:
    """True when it is done, False when it no longer holds. Raises a ``DomainError``; then nothing of it is stored."""
    if change.state != ChangeState.PROPOSED:
        raise CannotConfirm(FeedRefusal.DECIDED)
    if change.staff_no == actor.username or (change.member and change.member.user_id in actor.counts_as):
        raise CannotConfirm(FeedRefusal.OWN_RECORD)
    values = json.loads(FeedChange._meta.get_field("values").take(change) or "{}")
    member = hold(change.member) if change.member else None
    if not _still_holds(change, member, values):
        change.state = ChangeState.SUPERSEDED
        change.save(update_fields=["state"])
        _tell_audit(change, "superseded", actor, at)
        return False
    given = {"on": on or change.on, "actor": actor, "at": at, "document": document_of(change.run)}
    if change.kind == FeedKind.JOINED:
        change.member = member or _filed(change, values, actor, at)
        _invite(change)
    elif member is not None:
        change.act = _act(change, member, given, other_union)
        if values:
            _write(member, values, change, actor, at)
    _decide(change, ChangeState.CONFIRMED, actor, at, "")
    return True


def document_of(run: FeedRun) -> str:
    return _("人事处日报 %(on)s") % {"on": f"{run.on:%Y-%m-%d}"}


def _still_holds(change: FeedChange, member: Member | None, values: dict[str, list[str]]) -> bool:
    """Whether the register is still as the line says it was before."""
    if change.kind == FeedKind.JOINED:
        if member is None:
            return not Member.objects.filter(staff_no=change.staff_no).exists()
        kept = KeptMembership.objects.on(change.run.on).filter(member=member).exists()
        return not kept and not member.memberships.filter(until_on__isnull=True).exists()
    if member is None:
        return False
    here = member.memberships.filter(until_on__isnull=True).values_list("branch", flat=True).first()
    if change.kind in _ENDINGS and here is None:
        return False
    if change.kind == FeedKind.TRANSFERRED and here != change.branch_before_id:
        return False
    return all(_now(member, name) == pair[0] for name, pair in values.items())


def _now(member: Member, name: str) -> str:
    if name != "id_number":
        return plain(getattr(member, name))
    return MemberSecret.objects.filter(member=member).values_list("id_number_hash", flat=True).first() or ""


def _act(change: FeedChange, member: Member, given: dict[str, Any], other_union: str) -> MembershipAct | None:
    match change.kind:
        case FeedKind.TRANSFERRED if change.branch_after:
            return life.transfer_branch(member=member, branch=change.branch_after, **given)
        case FeedKind.RETIRED:
            return life.retire(member=member, **given)
        case FeedKind.DIED:
            return life.record_death(member=member, **given)
        case FeedKind.LEFT:
            where = other_union.strip() or _("随人事关系转出")
            return life.transfer_out(member=member, other_union=where, **given)
    return None


def _write(member: Member, values: dict[str, list[str]], change: FeedChange, actor: User, at: datetime) -> None:
    """The member's own columns, and the sealed number; with an entry that the person can read."""
    plainly = {name: pair[1] for name, pair in values.items() if name != "id_number"}
    _fill(member, plainly)
    touched = [*plainly, *(("pinyin", "search_terms") if "name" in plainly else ())]
    member.save(update_fields=touched)
    if "id_number" in values:
        _put_id_number(member, values["id_number"][1])
    data = {"fields": sorted(values), "feed": change.run_id}
    basis = document_of(change.run)
    audit.record(
        actor=actor, action="members.member.changed", target=member, subject=member.pk, basis=basis, data=data, at=at
    )


def _fill(member: Member, values: dict[str, str]) -> None:
    for name, text in values.items():
        setattr(member, name, COLUMNS[name].to_python(text) if text else "")
    if "name" in values:
        member.pinyin, member.search_terms = sort_key(member.name), search_terms(member.name)


def _put_id_number(member: Member, number: str) -> None:
    digest = keyed_hash(number)
    if MemberSecret.objects.filter(id_number_hash=digest).exclude(member=member).exists():
        raise CannotConfirm(FeedRefusal.ID_TAKEN)
    secret = MemberSecret.objects.filter(member=member).first() or MemberSecret(member=member)
    MemberSecret._meta.get_field("id_number").put(secret, number)
    secret.id_number_hash, secret.id_number_last4 = digest, number[-4:]
    secret.save()


def _filed(change: FeedChange, values: dict[str, list[str]], actor: User, at: datetime) -> Member:
    """建档: a file without membership; joining is the person's own application (charter Art 5)."""
    join_the_writers()
    member = Member(staff_no=change.staff_no)
    _fill(member, {"name": change.name} | {name: pair[1] for name, pair in values.items() if name != "id_number"})
    member.save(force_insert=True)
    if "id_number" in values:
        _put_id_number(member, values["id_number"][1])
    data = {"feed": change.run_id}
    basis = document_of(change.run)
    audit.record(
        actor=actor, action="members.member.created", target=member, subject=member.pk, basis=basis, data=data, at=at
    )
    return member


def _invite(change: FeedChange) -> None:
    """Who has an account already finds the way to the application in his inbox."""
    user = User.objects.filter(username=change.staff_no, is_active=True).first()
    if user is not None:
        telling.tell(INVITED, user=user.pk, change=change.pk)


def _decide(change: FeedChange, state: ChangeState, actor: User, at: datetime, reason: str) -> None:
    change.state, change.decided_by, change.decided_at, change.reason = state, actor, at, reason
    change.save(update_fields=["state", "decided_by", "decided_at", "reason", "member", "act"])
    _tell_audit(change, "applied" if state == ChangeState.CONFIRMED else "dismissed", actor, at)


def _tell_audit(change: FeedChange, verb: str, actor: User, at: datetime) -> None:
    audit.record(
        actor=actor,
        action=f"members.feedchange.{verb}",
        target=change,
        subject=change.member_id,
        basis=change.reason,
        data={"kind": str(change.kind), "run": change.run_id, "fields": sorted(change.shown), "act": change.act_id},
        at=at,
    )
