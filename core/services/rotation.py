"""A new field key: every sealed value is sealed again under it, while everybody goes on working."""

from collections.abc import Iterator
from itertools import islice

from django.db import transaction

from core.sealed import CannotOpen
from core.sealed_columns import Column

BATCH = 500
PASSES = 10


class StillWritten(RuntimeError):
    """Some process goes on sealing under an old key: it runs with an old FIELD_KEYS."""


def rotate(column: Column) -> int:
    """Seal every value of the column under the first of FIELD_KEYS; how many were.

    Compare-and-swap on the stored text: what somebody else wrote in between stays, and the next pass looks at it.
    Raises ``CannotOpen`` before it touches the row in question, ``StillWritten`` when it never comes to an end.
    """
    total = 0
    for _ in range(PASSES):
        old = 0
        for batch in _batches(column):
            old += len(batch)
            total += _swap(column, batch)
        if not old:
            return total
    raise StillWritten(str(column))


def unreadable(column: Column) -> list:
    """Primary keys of the rows that do not open; nothing is written."""
    found = []
    for pk, stored in column.rows().iterator(chunk_size=BATCH):
        try:
            column.check(pk, stored)
        except CannotOpen:
            found.append(pk)
    return found


def _batches(column: Column) -> Iterator[list[tuple]]:
    """(pk, old form, new form) of what is not under the present key yet."""
    stale = (
        (pk, stored, fresh)
        for pk, stored in column.rows().iterator(chunk_size=BATCH)
        if (fresh := column.reseal(pk, stored)) != stored
    )
    while batch := list(islice(stale, BATCH)):
        yield batch


@transaction.atomic
def _swap(column: Column, batch: list[tuple]) -> int:
    """One short transaction; rows in pk order, as every lock of several rows."""
    return sum(
        column.model._base_manager.filter(pk=pk, **{column.attname: stored}).update(**{column.attname: fresh})
        for pk, stored, fresh in batch
    )
