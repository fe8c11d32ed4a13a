"""A merge taken back: every row where it was, or a refusal that lists what happened since."""

import json
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.models import User
from members import merging
from members.feed_codes import MergeRefusal, PairState
from members.models import DuplicatePair, Member, MembershipAct, MergeRecord
from members.services import merging as forward
from members.services import merging_columns, merging_terms
from members.services.merging_terms import CannotMerge


@transaction.atomic
def unmerge(*, record: MergeRecord, actor: User, at: datetime, reason: str) -> MergeRecord:
    """Two people again. Raises ``PermissionDenied`` or ``CannotMerge``, whose message lists what prevents it."""
    record = MergeRecord.objects.get(pk=record.pk)
    keep, drop = forward.hold_both(record.keep, record.drop)
    record = MergeRecord.objects.select_for_update().get(pk=record.pk)
    forward.permit(actor, keep, drop)
    if record.undone_at is not None:
        raise CannotMerge(MergeRefusal.UNDONE_ALREADY)
    if not reason.strip():
        raise CannotMerge(MergeRefusal.NO_REASON)
    told = json.loads(MergeRecord._meta.get_field("before").take(record))
    if since := happened_since(record, keep, drop, told):
        raise CannotMerge(MergeRefusal.CANNOT_UNDO, f"{MergeRefusal.CANNOT_UNDO.label} " + "；".join(since))
    before = forward.counts_of(keep, drop)
    _put_back(record, keep, drop, told)
    _same_counts(before, forward.counts_of(keep, drop), told["aside"])
    record.undone_by, record.undone_at, record.undo_reason = actor, at, reason.strip()[:200]
    record.save(update_fields=["undone_by", "undone_at", "undo_reason"])
    first, second = sorted((keep.pk, drop.pk))
    open_again = {"state": PairState.OPEN, "decided_by": None, "decided_at": None, "why": ""}
    DuplicatePair.objects.filter(first=first, second=second).update(**open_again)
    forward.tell_audit(record, "undone", actor, at, record.undo_reason)
    return record


def happened_since(record: MergeRecord, keep: Member, drop: Member, told: dict[str, Any]) -> list[str]:
    """What stands in the way of taking the merge back, in words."""
    found = []
    if drop.merged_into_id != keep.pk or keep.merged_into_id is not None:
        found.append(_("档案又作了别的合并，请先撤销那一次"))
    if MergeRecord.objects.filter(keep=keep, undone_at=None, pk__gt=record.pk).exists():
        found.append(_("之后还有档案并入，请从最近的一次开始撤销"))
    acts = MembershipAct.objects.filter(member__in=[keep, drop], pk__gt=record.last_act).count()
    if acts:
        found.append(_("之后登记了 %(count)s 次会籍变动") % {"count": acts})
    if forward.periods_of(keep) != record.periods:
        found.append(_("之后会籍期间有改动"))
    if count := merging_terms.changed_since(told.get("widened", []), keep):
        found.append(_("合为一段的任职有 %(count)s 条之后有改动") % {"count": count})
    for relation in merging.relations():
        keys = record.rows.get(relation.label, {}).get("moved", [])
        there = relation.model._base_manager.filter(pk__in=keys, **{relation.column: keep.pk}).count()
        if there != len(keys):
            name = relation.model._meta.verbose_name
            found.append(_("%(what)s有 %(count)s 条已删除或改动") % {"what": name, "count": len(keys) - there})
    return found


def _put_back(record: MergeRecord, keep: Member, drop: Member, told: dict[str, Any]) -> None:
    for relation in merging.relations():
        keys = record.rows.get(relation.label, {}).get("moved", [])
        relation.model._base_manager.filter(pk__in=keys).update(**{relation.column: drop.pk})
    merging_terms.narrow(told.get("widened", []))
    try:
        with transaction.atomic():
            for one in told["aside"]:
                model = apps.get_model(one["relation"].rpartition(".")[0])
                columns = {column.attname: column for column in model._meta.concrete_fields}
                values = {name: columns[name].to_python(value) for name, value in one["values"].items()}
                model(**values).save(force_insert=True)
    except IntegrityError as clash:
        raise CannotMerge(MergeRefusal.CANNOT_UNDO) from clash
    drop.merged_into = None
    drop.save(update_fields=["merged_into"])
    merging_columns.give_back(keep, drop, told["columns"])
    merging.unsettle_all(told.get("settled", {}))


def _same_counts(before: dict[str, int], after: dict[str, int], aside: list[dict[str, Any]]) -> None:
    wanted = dict(before)
    for one in aside:
        wanted[one["relation"]] += 1
    wanted["members.Member.merged_into"] -= 1
    if after != wanted:
        raise CannotMerge(MergeRefusal.LOST)
