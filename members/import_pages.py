"""What the page of an import shows: a page of its rows in words, and what has happened to it so far."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from core import pagination
from members.enums import CellKind, RowVerdict, Verdict
from members.models import ImportRow, ImportRun
from members.services.import_cells import TITLES

SIZE = 50
WARNED = "warning"
TAGS = {RowVerdict.NEW: "good", RowVerdict.CHANGED: "good", RowVerdict.SAME: "quiet", RowVerdict.ERROR: "bad"}
CELL_TAGS = {CellKind.ERROR: "bad", CellKind.WARNING: "warn", CellKind.CHANGED: "good"}


@dataclass(frozen=True)
class Cell:
    """One cell in words; ``tag``: how it is marked, "" for what needs no look."""

    title: str
    old: str
    new: str
    word: str
    tag: str


@dataclass(frozen=True)
class Line:
    """One row in words."""

    row: ImportRow
    tag: str
    reasons: list[str]
    cells: list[Cell]


@dataclass(frozen=True)
class Choice:
    """One figure of the preview's head that narrows the rows to it."""

    name: str
    title: str
    count: int
    chosen: bool


class Preview:
    """The rows of a run, narrowed and paged as the address says."""

    def __init__(self, run: ImportRun, given: QueryDict) -> None:
        self._run = run
        self.show = given.get("show", "") if given.get("show", "") in {*RowVerdict.values, WARNED} else ""
        self._after, self._before = given.get("after", ""), given.get("before", "")

    @cached_property
    def page(self) -> pagination.KeysetPage:
        rows = ImportRow.objects.filter(run=self._run)
        if self.show == WARNED:
            rows = rows.exclude(verdict=RowVerdict.ERROR).exclude(codes=[])
        elif self.show:
            rows = rows.filter(verdict=self.show)
        if self._before:
            return pagination.page_before(rows, order=("n",), size=SIZE, cursor=self._before)
        return pagination.page_after(rows, order=("n",), size=SIZE, cursor=self._after)

    @cached_property
    def lines(self) -> list[Line]:
        return [_line(row) for row in self.page.rows]

    @property
    def choices(self) -> list[Choice]:
        counts = self._run.counts
        named = [("", _("全部"), counts.get("rows", 0))]
        for name in (RowVerdict.ERROR, RowVerdict.NEW, RowVerdict.CHANGED, RowVerdict.SAME):
            named.append((name.value, str(name.label), counts.get(name.value, 0)))
        named.insert(2, (WARNED, _("导入但请核对"), counts.get(WARNED, 0)))
        return [Choice(name, title, count, name == self.show) for name, title, count in named]

    @property
    def problems(self) -> list[tuple[str, int]]:
        """What is wrong or doubtful, in words, the most frequent first."""
        counted = sorted(self._run.counts.get("codes", {}).items(), key=lambda item: -item[1])
        return [(str(Verdict(code).label), count) for code, count in counted]

    @property
    def next_url(self) -> str:
        return self._url(after=self.page.next) if self.page.next else ""

    @property
    def previous_url(self) -> str:
        return self._url(before=self.page.previous) if self.page.previous else ""

    def _url(self, **cursor: str) -> str:
        return "?" + urlencode({**({"show": self.show} if self.show else {}), **cursor})


def _line(row: ImportRow) -> Line:
    reasons = [str(Verdict(code).label) for code in row.codes]
    return Line(row, TAGS[RowVerdict(row.verdict)], reasons, [_cell(*cell) for cell in row.cells])


def _cell(name: str, old: str, new: str, kind: str) -> Cell:
    known = CellKind(kind) if kind else None
    word = str(known.label) if known in (CellKind.ERROR, CellKind.WARNING) else ""
    return Cell(str(TITLES[name]), old, new, word, CELL_TAGS.get(known, "") if known else "")


@dataclass(frozen=True)
class Step:
    """Something that happened to a run."""

    at: datetime
    who: str
    what: str


def steps_of(run: ImportRun) -> list[Step]:
    """The run's story, the newest first."""
    counts: dict[str, Any] = run.counts
    stayed: list[str] = counts.get("branches_kept", [])
    by = run.uploaded_by.name if run.uploaded_by else _("系统")
    found = [Step(run.uploaded_at, by, _("上传文件") if run.heads else _("由命令读入文件"))]
    if run.judged_at:
        found.append(Step(run.judged_at, _("系统"), _("核对 %(rows)s 行") % {"rows": counts.get("rows", 0)}))
    if run.committed_at:
        facts = {"created": counts.get("created", 0), "updated": counts.get("updated", 0)}
        what = _("导入：新增 %(created)s 人，更新 %(updated)s 人") % facts
        found.append(Step(run.committed_at, run.committed_by.name if run.committed_by else by, what))
    if run.undone_at and run.undone_by:
        facts = {name: counts.get(name, 0) for name in ("removed", "restored", "kept")}
        what = _("撤销：删除 %(removed)s 人，恢复 %(restored)s 人，保留现状 %(kept)s 人") % facts
        found.append(Step(run.undone_at, run.undone_by.name, what))
        found += [Step(run.undone_at, _("系统"), _("保留分工会 %(words)s") % {"words": one}) for one in stayed]
    if run.trouble_at:
        found.append(Step(run.trouble_at, _("系统"), run.trouble))
    if run.tidied_at:
        found.append(Step(run.tidied_at, _("系统"), _("按期清除文件、预览和撤销资料")))
    return sorted(found, key=lambda step: step.at)[::-1]
