"""Branches that were made from an import's preview go with it, as far as nothing else has come to hang on them."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Model
from django.utils.translation import gettext as _

from core import audit
from core.models import User
from members.models import Branch, BranchAlias, ImportRun
from members.services import branches


def remove_unused(run: ImportRun, *, actor: User, at: datetime) -> list[str]:
    """Take away the branches that ``run`` made; of those that stay, which and why, in words.

    In the caller's transaction, when the people of the import are put back. Aliases of other branches stay: they are
    wordings that the office uses.
    """
    if not run.branches:
        return []
    branches.lock_names()
    kept = []
    for pk, name in run.branches:
        branch = Branch.objects.select_for_update().filter(pk=pk).first()
        if branch is None:
            continue
        if branch.name != name:
            kept.append(_("%(name)s：已改名") % {"name": branch.name})
        elif used := "、".join(_users_of(branch)):
            kept.append(_("%(name)s：已有%(what)s") % {"name": name, "what": used})
        else:
            Branch.objects.filter(pk=pk).delete()
            audit.record(actor=actor, action="members.branch.deleted", target=branch, data={"name": name}, at=at)
    return kept


def _users_of(branch: Branch) -> Iterator[str]:
    """The tables with a row of this branch, but for its own aliases."""
    seen = set()
    for relation in Branch._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)):
            continue
        model: type[Model] = relation.related_model  # type: ignore[assignment]
        column = relation.field.name  # type: ignore[union-attr]
        words = str(model._meta.verbose_name)
        if model is not BranchAlias and words not in seen and model._base_manager.filter(**{column: branch}).exists():
            seen.add(words)
            yield words
