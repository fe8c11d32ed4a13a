"""A reference table from and to a file: every row judged first, then all of them or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any

import tablib
from django.db import transaction
from django.utils.translation import gettext as _
from import_export.results import RowResult

from core import audit
from core.errors import DomainError
from core.models import User
from core.resources import HouseResource
from core.spreadsheets.sheets import Row, open_sheets
from core.spreadsheets.writing import Column, open_writer

MOST_ROWS = 5_000
MOST_TOLD = 20


class Refusal(StrEnum):
    NO_HEADER = "reference_file_no_header"
    TOO_MANY_ROWS = "reference_file_too_many_rows"
    ROWS_WRONG = "reference_file_rows_wrong"


class CannotImport(DomainError):
    """The file is refused as a whole; nothing of it was stored. The message names the rows."""


@dataclass(frozen=True)
class Taken:
    """Rows of the file that were added, changed, or said nothing new."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def import_file(
    *, resource: HouseResource, file: Any, filename: str, dry_run: bool, actor: User, at: datetime
) -> Taken:
    """Take the file's rows through the table's service, which asks for the right of each write.

    ``dry_run``: judge everything, store nothing. Raises ``PermissionDenied``, ``CannotImport``, or
    ``core.spreadsheets.refusals.CannotRead``.
    """
    numbers, dataset = _read(resource, file, filename)
    result = resource.import_data(dataset, dry_run=dry_run, raise_errors=False)
    if wrong := list(_wrong(result, numbers)):
        raise CannotImport(Refusal.ROWS_WRONG, "；".join(wrong[:MOST_TOLD]))
    taken = Taken(
        created=result.totals[RowResult.IMPORT_TYPE_NEW],
        changed=result.totals[RowResult.IMPORT_TYPE_UPDATE],
        unchanged=result.totals[RowResult.IMPORT_TYPE_SKIP],
    )
    if not dry_run:
        model = resource._meta.model._meta.label_lower
        counts = {"created": taken.created, "changed": taken.changed, "unchanged": taken.unchanged}
        audit.record(actor=actor, action=f"{model}.imported", data=counts, at=at)
    return taken


def _read(resource: HouseResource, file: Any, filename: str) -> tuple[list[int], tablib.Dataset]:
    """The file's rows below the header that names the table's columns, with their numbers in the file."""
    columns = [field.column_name for field in resource.get_import_fields()]
    numbers: list[int] = []
    dataset = tablib.Dataset(headers=columns)
    places: list[int] | None = None
    with open_sheets(file, filename=filename) as sheets:
        for number, cells in _rows(sheets):
            if places is None:
                words = [str(cell).strip() for cell in cells]
                places = [words.index(column) for column in columns] if set(columns) <= set(words) else None
            elif any(str(cell).strip() for cell in cells):
                dataset.append([cells[place] if place < len(cells) else "" for place in places])
                numbers.append(number)
                if len(numbers) > MOST_ROWS:
                    raise CannotImport(Refusal.TOO_MANY_ROWS, _("超过 %(most)s 行。") % {"most": MOST_ROWS})
    if places is None:
        raise CannotImport(Refusal.NO_HEADER, _("找不到表头，须有：%(columns)s") % {"columns": "、".join(columns)})
    return numbers, dataset


def _rows(sheets) -> Iterator[Row]:
    return (row for sheet in sheets[:1] for row in sheet.rows)


def _wrong(result, numbers: list[int]) -> Iterator[str]:
    """``第 3 行：...`` for every row that cannot be taken, in order. Our own refusals speak for themselves."""
    for error in result.base_errors:
        raise error.error
    for place, errors in result.row_errors():
        error = errors[0].error
        if not isinstance(error, DomainError | ValueError):
            raise error
        yield _said(numbers[place - 1], getattr(error, "message", "") or str(error))
    for row in result.invalid_rows:
        yield _said(numbers[row.number - 1], " ".join(row.error.messages))


def _said(number: int, why: str) -> str:
    return _("第 %(row)s 行：%(why)s") % {"row": number, "why": why}


def export_file(*, resource: HouseResource, title: str, actor: User, at: datetime) -> bytes:
    """The whole table as xlsx, in the columns that ``import_file`` reads; who took it is in the audit."""
    exported = resource.get_export_fields()
    columns = [Column(field.attribute, field.column_name, 18) for field in exported]
    file = BytesIO()
    rows = 0
    with open_writer(file, columns, format="xlsx", title=title) as write:
        for instance in resource.get_queryset().order_by("pk").iterator():
            write([field.export(instance) for field in exported])
            rows += 1
    model = resource._meta.model._meta.label_lower
    audit.record(actor=actor, action=f"{model}.exported", data={"rows": rows}, at=at)
    return file.getvalue()
