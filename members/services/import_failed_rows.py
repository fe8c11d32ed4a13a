"""The rows that an import leaves out, as a workbook to be put right and uploaded again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import attachments, audit
from core.models import User
from core.sealed import CannotOpen
from core.spreadsheets.sheets import Sheet, open_sheets
from core.spreadsheets.writing import Column, open_writer
from members.enums import ImportRefusal, RowVerdict, Verdict
from members.models import ImportRow, ImportRun
from members.selectors import branch_wording, branch_wordings
from members.services.import_judging import CannotProceed
from members.services.roster_columns import Header, read_as, wording
from members.services.roster_heads import PLACE, REASON
from members.services.roster_reading import Line, open_sheet
from members.services.roster_rows import clean

BRANCH = "所属分工会"  # where the sheet's name said it

Cells = dict[str, Any]  # title -> value


@transaction.atomic(durable=True)  # nothing leaves before its entry is committed
def failed_rows(*, run: ImportRun, actor: User, at: datetime) -> bytes:
    """Every row left out with all of its own cells, the reason and where it stood; an xlsx workbook.

    It can be uploaded again as it is. Raises ``PermissionDenied``, ``CannotProceed`` when the file is gone.
    """
    if not actor.has_perm("members.import_member"):
        raise PermissionDenied
    found = list(_rows(run))
    titles = list(dict.fromkeys(title for cells, _reason, _place in found for title in cells))
    columns = [Column(title, title, 16) for title in titles]
    columns += [Column(REASON, REASON, 40), Column(PLACE, PLACE, 24)]
    file = BytesIO()
    note = _("请改正后原样上传；“原因”和“原始位置”两栏会被忽略。")
    with open_writer(file, columns, format="xlsx", title=_("未导入的行"), note=note) as write:
        for cells, reason, place in found:
            write([*(cells.get(title) for title in titles), reason, place])
    data = {"rows": len(found), "sha256": run.sha256}
    audit.record(actor=actor, action="members.importrun.failed_rows_exported", target=run, data=data, at=at)
    return file.getvalue()


def _rows(run: ImportRun) -> Iterator[tuple[Cells, str, str]]:
    wrong = ImportRow.objects.filter(run=run, verdict=RowVerdict.ERROR).only("sheet", "row", "codes", "cells")
    reasons = {(row.sheet, row.row): _reason(row) for row in wrong}
    field_of = read_as(run.mapping)
    known = branch_wordings()
    with open_sheets(_content(run), filename=run.filename) as sheets:
        for sheet in sheets:
            branch_known = branch_wording(sheet.name) in known
            opened = None if sheet.hidden else open_sheet(sheet, field_of, branch_known=branch_known)
            for line in opened[1] if opened else ():
                if reason := reasons.get((sheet.name, line.row)):
                    place = _("%(sheet)s 第 %(row)d 行") % {"sheet": sheet.name, "row": line.row}
                    yield _cells(sheet, opened[0], line, named_by_sheet=branch_known), reason, place  # type: ignore[index]


def _reason(row: ImportRow) -> str:
    """The verdicts in words, and the record that a merged one lives on in."""
    words = [str(Verdict(code).label) for code in row.codes]
    if Verdict.STAFF_NO_MERGED in row.codes:
        words += [new for name, _old, new, _kind in row.cells if name == "staff_no"]
    return "；".join(words)


def _content(run: ImportRun) -> BytesIO:
    file = attachments.of(run).first()
    if file is None:
        raise CannotProceed(ImportRefusal.FILE_GONE)
    try:
        return BytesIO(attachments.content_of(file))
    except CannotOpen as gone:
        raise CannotProceed(ImportRefusal.FILE_GONE) from gone


def _cells(sheet: Sheet, header: Header, line: Line, *, named_by_sheet: bool) -> Cells:
    """The row under its header's titles; merged cells and days counted from 1904 as they were understood."""
    title_of = {name: clean(header.cells[place]) for name, place in header.columns.items()}
    ours = set(header.columns.values())
    cells: Cells = {title_of[name]: value for name, value in line.values.items() if name in title_of}
    for place, title in enumerate(header.cells):
        if place not in ours and place < len(line.cells) and wording(title) not in ("", REASON, PLACE):
            cells.setdefault(clean(title), line.cells[place])
    if named_by_sheet and not clean(line.values.get("branch", "")):
        cells[title_of.get("branch", BRANCH)] = sheet.name
    return _in_order(header.cells, cells)


def _in_order(heads: Sequence[object], cells: Cells) -> Cells:
    order = {clean(head): place for place, head in enumerate(heads)}
    return dict(sorted(cells.items(), key=lambda item: order.get(item[0], len(order))))
