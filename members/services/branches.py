"""Branches and the names by which rosters call them."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import User
from members.enums import BranchKind
from members.models import Branch, BranchAlias
from members.selectors import branch_wording

_LOCK = "LOCK TABLE members_branch, members_branchalias IN SHARE ROW EXCLUSIVE MODE"


class Refusal(StrEnum):
    NAME_TAKEN = "branch_name_taken"
    ALIAS_TAKEN = "branch_alias_taken"
    UNDER_ITSELF = "branch_under_itself"


class CannotKeepBranch(DomainError):
    """The branch cannot be written so."""


@transaction.atomic
def keep_branch(
    *,
    actor: User,
    branch: Branch | None,
    name: str,
    short_name: str,
    kind: str = BranchKind.BRANCH,
    parent: Branch | None = None,
    position: int = 0,
    is_active: bool = True,
    aliases: Iterable[str] = (),
    at: datetime,
) -> Branch:
    """Add a branch (None) or change one; ``aliases`` are all of its other names. Raises ``CannotKeepBranch``.

    A wording means one branch: a name or alias of another branch is refused, however it is spaced or spelt.
    """
    lock_names()
    if not actor.has_perm("members.change_branch" if branch else "members.add_branch"):
        raise PermissionDenied
    kept = Branch.objects.select_for_update().get(pk=branch.pk) if branch else Branch()
    wanted = sorted(set(aliases) - {name, short_name})
    _refuse_taken(kept, [name, short_name], wanted)
    if branch and _is_under(parent, kept):
        raise CannotKeepBranch(Refusal.UNDER_ITSELF, _("上级不能是它自己或它的下级。"))
    kept.name, kept.short_name, kept.kind, kept.parent = name, short_name, kind, parent
    kept.position, kept.is_active = position, is_active
    kept.save()
    kept.aliases.exclude(name__in=wanted).delete()
    BranchAlias.objects.bulk_create([BranchAlias(name=alias, branch=kept) for alias in _missing(kept, wanted)])
    verb = "changed" if branch else "created"
    data = {"name": name, "aliases": wanted, "active": is_active}
    audit.record(actor=actor, action=f"members.branch.{verb}", target=kept, data=data, at=at)
    return kept


def lock_names() -> None:
    """Nobody else writes branches or aliases until the commit: no wording gets two meanings by two people at once."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)


def meanings() -> dict[str, Branch]:
    """Every wording of every branch, retired ones too, as ``branch_wording`` gives it."""
    found: dict[str, Branch] = {}
    for branch in Branch.objects.prefetch_related("aliases"):
        names = [branch.name, branch.short_name, *(alias.name for alias in branch.aliases.all())]
        found |= {branch_wording(name): branch for name in names}
    return found


def _refuse_taken(branch: Branch, names: list[str], aliases: list[str]) -> None:
    known = meanings()
    for text in [*names, *aliases]:
        other = known.get(branch_wording(text))
        if other is None or other == branch:
            continue
        if branch_wording(text) in (branch_wording(other.name), branch_wording(other.short_name)):
            raise CannotKeepBranch(Refusal.NAME_TAKEN, _("“%(name)s”已是另一分工会的名称。") % {"name": text})
        raise CannotKeepBranch(Refusal.ALIAS_TAKEN, _("“%(name)s”已是另一分工会的别名。") % {"name": text})


def _is_under(parent: Branch | None, branch: Branch) -> bool:
    while parent is not None:
        if parent == branch:
            return True
        parent = parent.parent
    return False


def _missing(branch: Branch, wanted: list[str]) -> list[str]:
    there = set(branch.aliases.values_list("name", flat=True))
    return [alias for alias in wanted if alias not in there]
