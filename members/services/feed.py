"""The daily file of HR, taken: compared with the register, and kept as proposals. Nothing in the register changes."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock, locks, policies
from core.errors import DomainError
from core.models import User
from core.sealed import hasher
from core.spreadsheets.sheets import shown_name
from members.feed_codes import ChangeState, FeedKind, FeedRefusal, FeedState
from members.models import FeedChange, FeedRun, Membership
from members.rules import feed as rules
from members.services.feed_compare import Proposal, compare, shown
from members.services.feed_rows import CannotTake, FeedFile, read_feed

MOST_LEAVING, MOST_SMALLER = "members.feed.most_leaving", "members.feed.most_smaller"
_ONE_AT_A_TIME = "members.feed"
# What is proposed by these does not depend on the day's details: leaving stays leaving.
_BY_KIND = frozenset({FeedKind.JOINED, FeedKind.LEFT, FeedKind.DIED, FeedKind.RETIRED})


class CannotDecideRun(DomainError):
    """The run is not released or discarded; ``code`` is a ``FeedRefusal``."""


def take_feed(
    *, source: Path | BinaryIO, filename: str, on: date, actor: User | None, at: datetime
) -> tuple[FeedRun, bool]:
    """Compare the whole staff as of ``on`` with the register; the run, and whether it is new.

    The same bytes again are the same run. A file that would end too many memberships or is much smaller than the
    last one is held. ``actor`` None is the system. Raises ``PermissionDenied``, ``CannotTake`` or ``CannotRead``.
    """
    _permit(actor)
    digest = _digest(source)
    if known := FeedRun.objects.filter(sha256=digest).first():
        return known, False
    if on > clock.local_date(at):
        raise CannotTake(FeedRefusal.AHEAD)
    file = read_feed(source, filename=filename)
    with transaction.atomic():
        locks.wait_until_commit(_ONE_AT_A_TIME)  # the same file twice at once: the second finds the first
        if known := FeedRun.objects.filter(sha256=digest).first():
            return known, False
        newest = (
            FeedRun.objects.exclude(opened_at=None).exclude(state=FeedState.DISCARDED).order_by("-on", "-pk").first()
        )
        if newest is not None and on < newest.on:
            raise CannotTake(FeedRefusal.STALE)
        run = FeedRun(sha256=digest, filename=shown_name(filename), on=on, taken_by=actor, taken_at=at)
        return _kept(run, file, newest, actor, at), True


@transaction.atomic
def refuse_feed(*, source: Path, filename: str, on: date, why: str, at: datetime) -> FeedRun:
    """Remember a file of the folder that cannot be used, so that it is told once and not tried every day."""
    locks.wait_until_commit(_ONE_AT_A_TIME)
    given = {"filename": shown_name(filename), "on": on, "state": FeedState.REFUSED, "taken_at": at}
    warnings = [{"code": "refused", "why": why}]
    run, is_new = FeedRun.objects.get_or_create(sha256=_digest(source), defaults={**given, "warnings": warnings})
    if is_new:
        audit.record(actor=None, action="members.feedrun.unreadable", target=run, data={"on": on.isoformat()}, at=at)
    return run


@transaction.atomic
def release(*, run: FeedRun, actor: User, reason: str, at: datetime) -> FeedRun:
    """是的，文件无误: a held file is right, and its lines may be confirmed. Raises ``CannotDecideRun``."""
    run = _decided(run, actor, reason, at, states=(FeedState.HELD,))
    _open(run, at)
    run.save(update_fields=["state", "opened_at", "decided_by", "decided_at", "reason"])
    audit.record(
        actor=actor,
        action="members.feedrun.accepted",
        target=run,
        basis=run.reason,
        data={"on": run.on.isoformat()},
        at=at,
    )
    return run


@transaction.atomic
def discard(*, run: FeedRun, actor: User, reason: str, at: datetime) -> FeedRun:
    """The file is wrong: what is still proposed by it goes. Raises ``CannotDecideRun``."""
    run = _decided(run, actor, reason, at, states=(FeedState.HELD, FeedState.OPEN))
    run.state = FeedState.DISCARDED
    run.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    gone = _supersede(FeedChange.objects.filter(run=run))
    data = {"on": run.on.isoformat(), "lines": gone}
    audit.record(actor=actor, action="members.feedrun.discarded", target=run, basis=run.reason, data=data, at=at)
    return run


def _permit(actor: User | None) -> None:
    if actor is not None and not actor.has_perm("members.add_feedrun"):
        raise PermissionDenied


def _kept(run: FeedRun, file: FeedFile, newest: FeedRun | None, actor: User | None, at: datetime) -> FeedRun:
    proposals, rejected = compare(file, on=run.on)
    prints = [fingerprint(one) for one in proposals]
    dismissed = _dismissed(prints, newest)
    run.remembered = sorted(pk for pks in dismissed.values() for pk in pks)
    fresh = [(one, mark) for one, mark in zip(proposals, prints, strict=True) if mark not in dismissed]
    run.people = len(file.people)
    run.rejected = [[row, staff_no, str(verdict), about] for row, staff_no, verdict, about in rejected[:500]]
    run.warnings = _warnings(run, [one for one, _ in fresh], newest)
    run.state = FeedState.HELD
    FeedRun.objects.filter(state=FeedState.HELD).update(state=FeedState.SUPERSEDED)
    if not run.warnings:
        run.state = FeedState.OPEN
        run.opened_at = at
    run.save(force_insert=True)
    _store(run, fresh)
    if run.state == FeedState.OPEN:
        _open(run, at)
    counts = Counter(str(one.kind) for one, _ in fresh)
    data = {"sha256": run.sha256, "on": run.on.isoformat(), "people": run.people, "lines": dict(counts)}
    data |= {"rejected": len(rejected), "held": run.state == FeedState.HELD}
    audit.record(actor=actor, action="members.feedrun.taken", target=run, data=data, at=at)
    return run


def _warnings(run: FeedRun, fresh: list[Proposal], newest: FeedRun | None) -> list[dict]:
    ending = sum(one.kind in (FeedKind.LEFT, FeedKind.DIED, FeedKind.RETIRED) for one in fresh)
    return rules.warnings_of(
        ending=ending,
        roll=Membership.objects.on(run.on).count(),
        people=run.people,
        people_before=newest.people if newest else None,
        most_ending=_limit(MOST_LEAVING, run.on),
        most_smaller=_limit(MOST_SMALLER, run.on),
    )


def _limit(key: str, on: date) -> float:
    """Per cent; without a rule of that day nothing is held."""
    rule = policies.rule_at(key, on=on)
    return float(rule.value) if rule else 100.0


def _store(run: FeedRun, fresh: list[tuple[Proposal, str]]) -> None:
    rows = FeedChange.objects.bulk_create(
        [
            FeedChange(
                run=run,
                kind=one.kind,
                staff_no=one.staff_no,
                name=one.name,
                member_id=one.member,
                on=one.on,
                branch_before_id=one.branch_before,
                branch_after_id=one.branch_after,
                shown=shown(one.values),
                fingerprint=mark,
                seen_on=run.on,
            )
            for one, mark in fresh
        ],
        batch_size=1000,
    )
    seal = FeedChange._meta.get_field("values").sealer()
    told = []
    for row, (one, _) in zip(rows, fresh, strict=True):
        if one.values:
            row.values = seal(row.pk, json.dumps(one.values, ensure_ascii=False))
            told.append(row)
    FeedChange.objects.bulk_update(told, ["values"], batch_size=1000)


def _open(run: FeedRun, at: datetime) -> None:
    """This file counts now: what earlier ones still propose is out of date, what it says again stays dismissed."""
    run.state, run.opened_at = FeedState.OPEN, at
    # The run first: a clerk who is at its lines holds it.
    FeedRun.objects.filter(state=FeedState.OPEN).exclude(pk=run.pk).update(state=FeedState.SUPERSEDED)
    _supersede(FeedChange.objects.exclude(run=run))
    FeedChange.objects.filter(pk__in=run.remembered, state=ChangeState.DISMISSED).update(seen_on=run.on)


def _supersede(changes) -> int:
    return changes.filter(state=ChangeState.PROPOSED).update(state=ChangeState.SUPERSEDED)


def _dismissed(prints: Iterable[str], newest: FeedRun | None) -> dict[str, list[int]]:
    """Fingerprint -> lines by which a clerk refused the same before, where every file since then has said it."""
    if newest is None:
        return {}
    wanted, found = set(prints), dict[str, list[int]]()
    lines = FeedChange.objects.filter(state=ChangeState.DISMISSED, seen_on__gte=newest.on)
    for pk, mark in lines.values_list("pk", "fingerprint"):
        if mark in wanted:
            found.setdefault(mark, []).append(pk)
    return found


def fingerprint(one: Proposal) -> str:
    """The keyed hash of who, what kind and, where that matters, which values."""
    after = {} if one.kind in _BY_KIND else {name: pair[1] for name, pair in one.values.items()}
    said = [str(one.kind), one.staff_no, one.branch_after if one.kind == FeedKind.TRANSFERRED else None, after]
    return hasher()(json.dumps(said, ensure_ascii=False, sort_keys=True))


def _decided(run: FeedRun, actor: User, reason: str, at: datetime, *, states: tuple[FeedState, ...]) -> FeedRun:
    locks.wait_until_commit(_ONE_AT_A_TIME)
    run = FeedRun.objects.select_for_update().get(pk=run.pk)
    _permit(actor)
    if run.state not in states:
        raise CannotDecideRun(FeedRefusal.RUN_CLOSED)
    if not reason.strip():
        raise CannotDecideRun(FeedRefusal.NO_REASON)
    run.decided_by, run.decided_at, run.reason = actor, at, reason.strip()[:200]
    return run


def _digest(source: Path | BinaryIO) -> str:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    source.seek(0)
    digest = hashlib.sha256()
    while chunk := source.read(1 << 16):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()
