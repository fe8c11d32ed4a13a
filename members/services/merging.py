"""Two records of one person become one, and can become two again (ADR 0010).

Nothing is deleted but periods that the clerk decided against, and those are stored whole. The rows of both people
are counted before and after, in the same transaction.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from core import audit, clock
from core.models import User
from members import merging
from members.feed_codes import MergeRefusal, PairState
from members.merging import Relation, Way
from members.models import DuplicatePair, Member, Membership, MembershipAct, MergeRecord
from members.services import merging_columns, merging_terms
from members.services.merging_terms import CannotMerge
from members.services.register_lock import join_the_writers

__all__ = ["CannotMerge", "counts_of", "hold_both", "merge", "periods_of", "permit", "tell_audit"]


@dataclass
class Moved:
    """What became of the rows of the dropped person, by relation; rows taken out are stored whole."""

    rows: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    aside: list[merging_terms.Aside] = field(default_factory=list)
    widened: list[merging_terms.Widened] = field(default_factory=list)

    def aside_of(self, label: str) -> int:
        return sum(one["relation"] == label for one in self.aside)


@transaction.atomic
def merge(*, keep: Member, drop: Member, actor: User, at: datetime, reason: str, stands: str = "") -> MergeRecord:
    """Read ``drop`` as ``keep`` from now on; ``stands`` (keep, drop) says whose periods count where both have days.

    The actor must be allowed to write both, and be neither. Raises ``PermissionDenied`` or ``CannotMerge``.
    """
    keep, drop = hold_both(keep, drop)
    permit(actor, keep, drop)
    _refuse(keep, drop, reason)
    record = MergeRecord.objects.create(
        keep=keep,
        drop=drop,
        reason=reason.strip()[:200],
        merged_by=actor,
        merged_at=at,
        last_act=MembershipAct.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
    )
    today = clock.local_date(at)
    was_on_roll = Membership.objects.on(today).filter(member__in=[keep, drop]).exists()
    before = counts_of(keep, drop)
    columns = merging_columns.take_over(keep, drop)
    moved = _move_all(keep, drop, stands)
    if was_on_roll and not Membership.objects.on(today).filter(member=keep).exists():
        raise CannotMerge(MergeRefusal.OFF_THE_ROLL)
    _same_counts(before, counts_of(keep, drop), moved)
    record.rows = moved.rows
    record.counts = {label: {"before": count, "aside": moved.aside_of(label)} for label, count in before.items()}
    record.periods = periods_of(keep)
    told = {"columns": columns, "aside": moved.aside, "widened": moved.widened}
    told["settled"] = merging.settle_all(keep, drop)
    sealed = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)
    MergeRecord._meta.get_field("before").put(record, sealed)
    record.save(update_fields=["rows", "counts", "periods", "before"])
    _say_of_pair(record, actor, at)
    tell_audit(record, "merged", actor, at, record.reason)
    return record


def hold_both(*people: Member) -> list[Member]:
    """Both, locked in the order of their keys, and apart from imports: of two clerks the second finds them merged."""
    join_the_writers()
    keys = [one.pk for one in people]
    rows = {row.pk: row for row in Member.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return [rows[key] for key in keys]


def permit(actor: User, *people: Member) -> None:
    """Rights on both sides: who may write one only could make a twin of somebody and take what is his."""
    if not actor.has_perm("members.merge_member"):
        raise PermissionDenied
    seen = Member.objects.in_scope_of(actor).filter(pk__in=[one.pk for one in people])
    if seen.count() != len({one.pk for one in people}):
        raise PermissionDenied
    if any(one.user_id in actor.counts_as for one in people):
        raise CannotMerge(MergeRefusal.OWN_RECORD)


def _refuse(keep: Member, drop: Member, reason: str) -> None:
    if keep.pk == drop.pk:
        raise CannotMerge(MergeRefusal.SAME)
    if keep.merged_into_id or drop.merged_into_id:
        raise CannotMerge(MergeRefusal.ALREADY_MERGED)
    if not reason.strip():
        raise CannotMerge(MergeRefusal.NO_REASON)
    if refusal := merging_columns.refuse(keep, drop):
        raise CannotMerge(refusal)
    if against := merging.obstacles_to(keep, drop):
        raise CannotMerge(MergeRefusal.OBSTACLE, "；".join(against))
    if any(relation.way is None for relation in merging.relations()):
        raise CannotMerge(MergeRefusal.UNHANDLED)


def _rows(relation: Relation, *people: Member) -> models.QuerySet:
    return relation.model._base_manager.filter(**{f"{relation.column}__in": [one.pk for one in people]})


def counts_of(keep: Member, drop: Member) -> dict[str, int]:
    """How many rows of each relation are about one of the two."""
    people = (keep, drop)
    return {one.label: _rows(one, *people).count() for one in merging.relations() if one.way is not Way.SEALED}


def _same_counts(before: dict[str, int], after: dict[str, int], moved: Moved) -> None:
    """Nothing may be lost on the way; ``drop`` itself, which points to ``keep`` now, is one more of its kind."""
    wanted = {label: count - moved.aside_of(label) for label, count in before.items()}
    wanted["members.Member.merged_into"] += 1
    if after != wanted:
        raise CannotMerge(MergeRefusal.LOST)


def _move_all(keep: Member, drop: Member, stands: str) -> Moved:
    moved = Moved()
    for relation in merging.relations():
        match relation.way:
            case Way.MOVES:
                _note(moved, relation, _move(relation, keep, drop), [])
            case Way.WHERE_FREE:
                _note(moved, relation, *_move_where_free(relation, keep, drop))
            case Way.PERIODS:
                moved.aside += merging_terms.set_aside(relation, keep, drop, stands)
                _note(moved, relation, _move(relation, keep, drop), [])
            case Way.TERMS:
                aside, moved.widened = merging_terms.join_posts(relation, keep, drop)
                moved.aside += aside
                _note(moved, relation, _move(relation, keep, drop), [])
    drop.merged_into = keep
    drop.save(update_fields=["merged_into"])
    return moved


def _note(moved: Moved, relation: Relation, gone: list[Any], stayed: list[Any]) -> None:
    if gone or stayed:
        moved.rows[relation.label] = {"moved": gone, "stayed": stayed}


def _move(relation: Relation, keep: Member, drop: Member) -> list[Any]:
    keys = list(_rows(relation, drop).order_by("pk").values_list("pk", flat=True))
    relation.model._base_manager.filter(pk__in=keys).update(**{relation.column: keep})
    return keys


def _move_where_free(relation: Relation, keep: Member, drop: Member) -> tuple[list[Any], list[Any]]:
    """Row by row, and the database says which clashes; that one stays with the dropped person."""
    gone, stayed = [], []
    for key in _rows(relation, drop).order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                relation.model._base_manager.filter(pk=key).update(**{relation.column: keep})
        except IntegrityError:
            stayed.append(key)
        else:
            gone.append(key)
    return gone, stayed


def periods_of(member: Member) -> list[list[Any]]:
    """The member's periods as JSON keeps them, to see later whether somebody changed them."""
    rows = member.memberships.order_by("pk").values_list("pk", "branch", "from_on", "until_on", "reason_out")
    kept = member.kept_periods.order_by("pk").values_list("pk", "reason", "from_on", "until_on")
    return json.loads(json.dumps([*map(list, rows), *map(list, kept)], cls=DjangoJSONEncoder))


def _say_of_pair(record: MergeRecord, actor: User, at: datetime) -> None:
    first, second = sorted((record.keep_id, record.drop_id))
    decided = {"state": PairState.MERGED, "decided_by": actor, "decided_at": at, "why": record.reason}
    DuplicatePair.objects.filter(first=first, second=second).update(**decided)
    DuplicatePair.objects.filter(Q(first=record.drop) | Q(second=record.drop), state=PairState.OPEN).delete()


def tell_audit(record: MergeRecord, verb: str, actor: User, at: datetime, why: str) -> None:
    """An entry that each side's person finds under his own number."""
    data = {
        **{"keep": record.keep_id, "drop": record.drop_id},
        "rows": {label: {what: len(keys) for what, keys in told.items()} for label, told in record.rows.items()},
        "aside": {label: told["aside"] for label, told in record.counts.items() if told["aside"]},
    }
    for person in (record.drop_id, record.keep_id):
        audit.record(
            actor=actor,
            action=f"members.mergerecord.{verb}",
            target=record,
            subject=person,
            basis=why,
            data=data,
            at=at,
        )
