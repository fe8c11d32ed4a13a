"""Keeping a choice of people by name."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, clock
from core.constraints import refused_by
from core.errors import DomainError
from core.models import User
from members import segments, selection
from members.models import Segment


class Refusal(StrEnum):
    NAME_TAKEN = "segment_name_taken"
    IN_USE = "segment_in_use"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    Refusal.NAME_TAKEN: _("您已有同名的名单，请换一个名称。"),
    Refusal.IN_USE: _("名单正用于%(where)s，请先停用规则或改选名单。"),
}


class CannotKeepSegment(DomainError):
    """Allowed, but not like this."""


@transaction.atomic
def save_segment(*, name: str, description: str, query: str, is_shared: bool, actor: User, at: datetime) -> Segment:
    """Keep the filter in ``query``. Raises ``PermissionDenied``, ``CannotSelect``, ``CannotKeepSegment``."""
    if not actor.has_perm("members.add_segment"):
        raise PermissionDenied
    chosen = selection.parse(query, user=actor, on=clock.local_date(at))
    segment = Segment(owner=actor, query=chosen.query)
    _write(segment, name=name, description=description, is_shared=is_shared, at=at)
    _note(segment, "created", actor=actor, at=at)
    return segment


@transaction.atomic
def change_segment(
    *, segment: Segment, name: str, description: str, is_shared: bool, actor: User, at: datetime
) -> Segment:
    """Another name or circle; the conditions stay. Raises ``PermissionDenied``, ``CannotKeepSegment``."""
    segment = _mine(segment, actor, "members.change_segment")
    if not is_shared:
        _refuse_in_use(segment)
    _write(segment, name=name, description=description, is_shared=is_shared, at=at)
    _note(segment, "changed", actor=actor, at=at)
    return segment


@transaction.atomic
def delete_segment(*, segment: Segment, actor: User, at: datetime) -> None:
    """Forget it; the people in it are not touched. Raises ``PermissionDenied``, ``CannotKeepSegment``."""
    segment = _mine(segment, actor, "members.delete_segment")
    _refuse_in_use(segment)
    pk = segment.pk
    segment.delete()
    segment.pk = pk  # the entry names the row that is gone
    _note(segment, "deleted", actor=actor, at=at)


def _mine(segment: Segment, actor: User, code: str) -> Segment:
    """Locked; only its owner changes a segment, shared or not."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    if segment.owner_id != actor.pk or not actor.has_perm(code):
        raise PermissionDenied
    return segment


def _refuse_in_use(segment: Segment) -> None:
    """Held already: what begins to use it waits for the same lock."""
    if uses := segments.uses_of(segment):
        raise CannotKeepSegment(Refusal.IN_USE, Refusal.IN_USE.label % {"where": "、".join(uses)})


def _write(segment: Segment, *, name: str, description: str, is_shared: bool, at: datetime) -> None:
    segment.name, segment.description, segment.is_shared = name.strip(), description.strip(), is_shared
    segment.changed_at = at
    with refused_by(segment_name_once=lambda: CannotKeepSegment(Refusal.NAME_TAKEN)):
        segment.save()


def _note(segment: Segment, verb: str, *, actor: User, at: datetime) -> None:
    """Which filters and for whom; what was searched for may be a person's name and stays out."""
    filters = sorted(selection.names_in(segment.query))
    data = {"filters": filters, "shared": segment.is_shared}
    audit.record(actor=actor, action=f"members.segment.{verb}", target=segment, data=data, at=at)
