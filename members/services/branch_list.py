"""The import of the branches' list: name and aliases, as rosters spell them."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import User
from core.spreadsheets.sheets import open_sheets
from members.enums import BranchKind
from members.models import Branch, BranchAlias
from members.selectors import branch_wording
from members.services.branches import lock_names, meanings
from members.services.roster_columns import wording
from members.services.roster_rows import clean

_NAME = ("分工会名称", "分工会", "名称", "全称", "工会名称", "name")
_ALIASES = ("别名", "简称", "别称", "aliases")


class Refusal(StrEnum):
    """Why a list of branches is refused as a whole; nothing of it was stored."""

    NO_HEADER = "no_header"
    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"
    ALIAS_TAKEN = "alias_taken"


class CannotImport(DomainError):
    """The list is refused as a whole. ``code`` is a ``Refusal``; the message names the row and what was found."""


@dataclass(frozen=True)
class Line:
    """One branch of the file; the first alias is its short name."""

    row: int
    name: str
    aliases: tuple[str, ...]

    @property
    def short_name(self) -> str:
        return self.aliases[0] if self.aliases else self.name.removesuffix("分工会") or self.name


@dataclass(frozen=True)
class BranchReport:
    """Counts of branches; the root of the tree is not among them."""

    created: int
    changed: int
    unchanged: int

    def as_json(self) -> dict:
        """The verdicts' JSON of DESIGN.md, ready for ``json.dumps``."""
        accepted = self.created + self.changed + self.unchanged
        counts = {"created": self.created, "changed": self.changed, "unchanged": self.unchanged}
        return {"accepted": accepted, **counts, "rejected": [], "warned": []}


@transaction.atomic
def import_branches(*, path: Path, actor: User | None, at: datetime) -> BranchReport:
    """Add the branches of a csv or xlsx list below the 校工会, which is made if there is none; nothing is removed.

    A branch is known by its name; aliases are added to those it has. A wording never changes its meaning: one that
    already means another branch refuses the file. Raises ``PermissionDenied``, ``CannotImport`` or ``CannotRead``.
    """
    lock_names()
    if actor is not None and not actor.has_perm("members.add_branch"):
        raise PermissionDenied
    lines = _read(path)
    _refuse_taken(lines)
    root = _root()
    outcomes = [_save(line, position=position, root=root) for position, line in enumerate(lines, start=1)]
    report = BranchReport(*(outcomes.count(kind) for kind in ("created", "changed", "unchanged")))
    audit.record(
        actor=actor,
        action="members.branch.imported",
        basis="REGULATIONS 2",
        data={"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **report.as_json()},
        at=at,
    )
    return report


def _read(path: Path) -> list[Line]:
    lines: list[Line] = []
    columns: tuple[int, int | None] | None = None
    with open_sheets(path, filename=path.name) as sheets:
        for number, cells in (row for sheet in sheets[:1] for row in sheet.rows):
            if columns is None:
                columns = _columns([wording(cell) for cell in cells])
            elif any(clean(cell) for cell in cells):
                lines.append(_line(number, cells, *columns))
    if columns is None:
        raise CannotImport(Refusal.NO_HEADER, _("找不到写有“分工会名称”的表头。"))
    return lines


def _columns(words: list[str]) -> tuple[int, int | None] | None:
    names = [place for place, word in enumerate(words) if word in _NAME]
    aliases = [place for place, word in enumerate(words) if word in _ALIASES]
    return (names[0], aliases[0] if aliases else None) if names else None


def _line(number: int, cells: Sequence[object], name_at: int, aliases_at: int | None) -> Line:
    name = clean(cells[name_at]).replace(" ", "") if name_at < len(cells) else ""
    text = clean(cells[aliases_at]) if aliases_at is not None and aliases_at < len(cells) else ""
    aliases = tuple(dict.fromkeys(alias.replace(" ", "") for alias in re.split("[;；]", text) if alias.strip()))
    if not name:
        raise CannotImport(Refusal.NAME_MISSING, _("第 %(row)d 行没有分工会名称。") % {"row": number})
    line = Line(number, name, aliases)
    if len(line.short_name) > 30 or any(len(text) > 60 for text in (name, *aliases)):
        raise CannotImport(Refusal.NAME_TOO_LONG, _("第 %(row)d 行的名称过长。") % {"row": number})
    return line


def _refuse_taken(lines: list[Line]) -> None:
    """Every wording means one branch only, over the file and the register; a branch stands in one row."""
    meaning = {text: branch.name for text, branch in meanings().items()}
    rows: dict[str, int] = {}
    for line in lines:
        for text in (line.name, line.short_name, *line.aliases):
            other = meaning.setdefault(branch_wording(text), line.name)
            if other != line.name or rows.setdefault(line.name, line.row) != line.row:
                facts = {"row": line.row, "text": text, "other": other}
                raise CannotImport(Refusal.ALIAS_TAKEN, _("第 %(row)d 行：“%(text)s”已经指“%(other)s”。") % facts)


def _root() -> Branch:
    root = Branch.objects.filter(kind=BranchKind.UNION, parent=None).order_by("pk").first()
    return root or Branch.objects.create(name="校工会", short_name="校工会", kind=BranchKind.UNION)


def _save(line: Line, *, position: int, root: Branch) -> str:
    """One branch and its aliases: created, changed or unchanged. A known branch keeps its short name and place."""
    branch, created = Branch.objects.get_or_create(
        name=line.name, defaults={"short_name": line.short_name, "position": position, "parent": root}
    )
    known = {branch.name, branch.short_name, *branch.aliases.values_list("name", flat=True)}
    added = [BranchAlias(branch=branch, name=alias) for alias in line.aliases if alias not in known]
    BranchAlias.objects.bulk_create(added)
    if created:
        return "created"
    return "changed" if added else "unchanged"
