"""Pages that cost the same at a thousand rows and at a million: by a cursor on an index, with honest counts."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _

# Above this a list says "10,000+" instead of counting on.
COUNT_CAP = 10_000


@dataclass(frozen=True)
class KeysetPage:
    """``rows`` in order; a cursor is None where there is nothing further in that direction."""

    rows: list[Any]
    previous: str | None
    next: str | None


@dataclass(frozen=True)
class RowCount:
    """How many rows there are, and how sure we are of it."""

    number: int
    capped: bool = False
    estimated: bool = False

    def __str__(self) -> str:
        if self.estimated:
            return _("约 %(number)s") % {"number": f"{self.number:,}"}
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"


def page_after(queryset: models.QuerySet, *, order: tuple[str, ...], size: int, cursor: str = "") -> KeysetPage:
    """The ``size`` rows behind ``cursor`` in ``order``; without a cursor, or with one that is none, the first.

    ``order`` names columns of one direction ("-" on all or none), the last one unique; an index must carry it.
    """
    start = _read(cursor, queryset, order)
    rows = list(_beyond(queryset, order, start)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return KeysetPage(
        rows=rows,
        previous=_write(rows[0], order) if start and rows else None,
        next=_write(rows[-1], order) if more else None,
    )


def page_before(queryset: models.QuerySet, *, order: tuple[str, ...], size: int, cursor: str = "") -> KeysetPage:
    """The ``size`` rows before ``cursor``; without a cursor the last ones. A short first page is filled up."""
    start = _read(cursor, queryset, order)
    rows = list(_beyond(queryset, _turned(order), start)[: size + 1])
    if len(rows) <= size and start:
        return page_after(queryset, order=order, size=size)
    if len(rows) <= size:  # all there is
        return KeysetPage(rows=rows[::-1], previous=None, next=None)
    rows = rows[:size][::-1]
    return KeysetPage(rows=rows, previous=_write(rows[0], order), next=_write(rows[-1], order) if start else None)


def count_of(queryset: models.QuerySet, *, whole: bool) -> RowCount:
    """The number of rows, counted up to ``COUNT_CAP``; of a big ``whole`` table the planner's estimate instead."""
    if whole:
        estimate = _estimated_rows(queryset.model)
        if estimate > COUNT_CAP:
            return RowCount(estimate, estimated=True)
    number = queryset.order_by()[: COUNT_CAP + 1].count()
    return RowCount(min(number, COUNT_CAP), capped=number > COUNT_CAP)


def _estimated_rows(model: type[models.Model]) -> int:
    """What autovacuum last saw; 0 for a table that was never analysed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        return max(cursor.fetchone()[0], 0)


def _beyond(queryset: models.QuerySet, order: tuple[str, ...], start: list | None) -> models.QuerySet:
    queryset = queryset.order_by(*order)
    if start is None:
        return queryset
    side = "lt" if order[0].startswith("-") else "gt"
    names = _names(order)
    beyond, equal = Q(), Q()
    for name, value in zip(names, start, strict=True):
        beyond |= equal & Q(**{f"{name}__{side}": value})
        equal &= Q(**{name: value})
    if len(names) > 1:  # says what the OR implies, so that the index is entered at the cursor
        beyond &= Q(**{f"{names[0]}__{side}e": start[0]})
    return queryset.filter(beyond)


def _turned(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def _write(row: models.Model, order: tuple[str, ...]) -> str:
    values = [_plain(getattr(row, name.lstrip("-"))) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def _plain(value: Any) -> int | str:
    if isinstance(value, int | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(cursor: str, queryset: models.QuerySet, order: tuple[str, ...]) -> list | None:
    """The values of a cursor that ``_write`` made for this ``order``; None for anything else."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(order) or not all(_fits(value) for value in values):
        return None
    fields = [
        queryset.model._meta.pk if name == "pk" else queryset.model._meta.get_field(name) for name in _names(order)
    ]
    try:
        return [field.to_python(value) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, TypeError):
        return None


def _names(order: tuple[str, ...]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _fits(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 200 and "\x00" not in value and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
