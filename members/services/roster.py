"""The import of a roster (会员花名册) as a clerk really keeps it: everything is judged first, then written."""

import gc
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.dates import as_of_1900
from core.errors import DomainError
from core.models import User
from core.spreadsheets.sheets import Sheet, open_sheets
from members.selectors import branch_wording, branch_wordings
from members.services import roster_writing
from members.services.roster_columns import (
    WORDINGS,
    Columns,
    HeaderTrouble,
    columns_of,
    find_header,
    is_header,
    is_no_person,
    is_plainly_a_person,
)
from members.services.roster_rows import Finding, Judged, RowJudge

_DAYS = frozenset({"birth_on", "hired_on", "joined_on"})
_SORTED_BY = frozenset({"branch", "department_name"})


class Refusal(StrEnum):
    """Why a whole roster is refused; nothing of it was stored."""

    NO_HEADER = "no_header"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    BUSY = "busy"


class CannotImport(DomainError):
    """The roster is refused as a whole. ``code`` is a ``Refusal``; the message names the sheet and what was found."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. accepted = created + changed + unchanged; warned rows are among them."""

    created: int
    changed: int
    unchanged: int
    rejected: list[Finding]
    warned: list[Finding]
    skipped_sheets: list[str]

    @property
    def accepted(self) -> int:
        return self.created + self.changed + self.unchanged

    def as_json(self) -> dict:
        """The contract of DESIGN.md, ready for ``json.dumps``."""
        return {
            "accepted": self.accepted,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": [_as_json(finding) for finding in self.rejected],
            "warned": [_as_json(finding) for finding in self.warned],
        }


def _as_json(finding: Finding) -> dict:
    return {**finding.place._asdict(), "code": finding.code.value}


def import_roster(
    *, path: Path, actor: User | None, at: datetime, as_of: date | None = None, dry_run: bool = False
) -> ImportReport:
    """Take the people of a roster into the register; rows that cannot be taken are reported by number.

    ``as_of`` (default: the day of ``at``): from that day a changed branch counts. ``actor`` None is the system.
    Raises ``PermissionDenied``, ``CannotImport`` or ``core.spreadsheets.CannotRead``; then nothing is stored.
    """
    if actor is not None and not actor.has_perm("members.import_member"):
        raise PermissionDenied
    with _uncollected():
        return _import(path, actor=actor, at=at, as_of=as_of, dry_run=dry_run)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A hundred thousand people stay until the end; the collector would look through them all again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _import(path: Path, *, actor: User | None, at: datetime, as_of: date | None, dry_run: bool) -> ImportReport:
    judged, skipped = judge_roster(path)
    with transaction.atomic():
        try:
            roster_writing.lock_register()
        except roster_writing.Busy as busy:
            raise CannotImport(Refusal.BUSY, _("另一项导入正在进行，请稍后重试。")) from busy
        outcome = roster_writing.write(judged, as_of=as_of or clock.local_date(at), dry_run=dry_run)
        out = {finding.place for finding in outcome.rejected}
        report = ImportReport(
            created=outcome.created,
            changed=outcome.changed,
            unchanged=outcome.unchanged,
            rejected=sorted(judged.rejected + outcome.rejected, key=_in_file_order(judged)),
            warned=sorted(
                [f for f in judged.warned + outcome.warned if f.place not in out], key=_in_file_order(judged)
            ),
            skipped_sheets=skipped,
        )
        if not dry_run:
            _record(report, outcome=outcome, path=path, actor=actor, at=at)
    return report


def judge_roster(path: Path) -> tuple[Judged, list[str]]:
    """Every row of every visible sheet with its verdict, and the hidden sheets left out. Only branches are looked up.

    Raises ``CannotImport`` or ``CannotRead``.
    """
    branches = branch_wordings()
    judge = RowJudge(cache(lambda text: branches.get(branch_wording(text))))
    skipped = []
    headed = False
    with open_sheets(path, filename=path.name) as sheets:
        for sheet in sheets:
            if sheet.hidden:
                skipped.append(sheet.name)
            else:
                headed = _judge_sheet(sheet, judge, branch=branches.get(branch_wording(sheet.name))) or headed
    if not headed:
        raise CannotImport(Refusal.NO_HEADER, _("文件里没有任何内容，找不到表头。"))
    return judge.judged, skipped


def _judge_sheet(sheet: Sheet, judge: RowJudge, *, branch: int | None) -> bool:
    """Judge one sheet's rows; False when nothing at all stands in it."""
    try:
        header = find_header(iter(sheet.rows))
        if header is None:
            return False
        columns, rows = header
        _check_columns(columns, branch=branch)
        merged = _Merged(sheet)
        for number, cells in rows:
            width = len(cells)
            if not is_plainly_a_person(cells[columns["staff_no"]] if columns["staff_no"] < width else ""):
                if is_no_person(cells, columns):
                    continue
                if is_header(cells):  # again at the top of a printed page, perhaps in another order
                    columns = columns_of(cells)
                    _check_columns(columns, branch=branch)
                    continue
            values = {field: cells[place] if place < width else "" for field, place in columns.items()}
            if sheet.merged_down:
                merged.fill(values, number, columns)
            if sheet.from_1904:
                values |= {field: as_of_1900(values[field]) for field in _DAYS & values.keys()}
            judge.judge(sheet=sheet.name, row=number, cells=values, branch=branch)
    except HeaderTrouble as trouble:
        raise CannotImport(Refusal(trouble.what), _trouble(sheet.name, trouble)) from trouble
    return True


class _Merged:
    """Unit and branch, where a list sorted by them has one cell merged over the rows of several people."""

    def __init__(self, sheet: Sheet) -> None:
        self._last = {(column - 1, first): last for column, first, last in sheet.merged_down}
        self._said: dict[int, tuple[int, object]] = {}  # column -> until which row, and what

    def fill(self, values: dict[str, object], number: int, columns: Columns) -> None:
        """Give ``values`` of row ``number`` what its merged cells say further up."""
        for field in _SORTED_BY & values.keys():
            place = columns[field]
            if (place, number) in self._last:
                self._said[place] = self._last[place, number], values[field]
            until, said = self._said.get(place, (0, ""))
            if number <= until and values[field] == "":
                values[field] = said


def _check_columns(columns: Columns, *, branch: int | None) -> None:
    missing = []
    if "branch" not in columns and branch is None:
        missing.append(_("分工会（或以分工会名称命名工作表）"))
    if "joined_on" not in columns and "hired_on" not in columns:
        missing.append(_("入会时间"))
    if missing:
        found = "、".join(wordings[0] for field, wordings in WORDINGS.items() if field in columns)
        raise HeaderTrouble(
            "column_missing",
            _("缺少 %(missing)s；已找到 %(found)s") % {"missing": "、".join(missing), "found": found},
        )


def _trouble(sheet: str, trouble: HeaderTrouble) -> str:
    texts = {
        "no_header": _("工作表“%(sheet)s”里找不到同时写有“工号”和“姓名”的表头。"),
        "column_missing": _("工作表“%(sheet)s”的表头不全：%(found)s。至少要有工号、姓名、分工会和入会时间。"),
        "column_twice": _("工作表“%(sheet)s”里有两栏都像是“%(found)s”，请删去一栏。"),
    }
    return texts[trouble.what] % {"sheet": sheet, "found": trouble.found or _("无")}


def _in_file_order(judged: Judged):
    return lambda finding: (judged.sheets[finding.place.sheet], finding.place.row)


def _record(
    report: ImportReport, *, outcome: roster_writing.Outcome, path: Path, actor: User | None, at: datetime
) -> None:
    """One entry for the import as a whole: counts, the file's digest and the members' ids, nothing about a person."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    audit.record(
        actor=actor,
        action="members.roster.imported",
        basis="REGULATIONS 2",
        data={
            "sha256": digest,
            "as_of": outcome.as_of.isoformat(),
            "created": report.created,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "rejected": Counter(finding.code.value for finding in report.rejected),
            "warned": Counter(finding.code.value for finding in report.warned),
            "member_ids": outcome.member_ids,
        },
        at=at,
    )
