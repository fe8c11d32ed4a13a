"""The process that alone touches a stranger's file: ``python -m core.spreadsheets.child FD NAME``.

It limits itself before it reads (TRUST.md decision 9), has no settings, no keys and no database, and answers in
lines of JSON: first the list of sheets or a refusal; then, for every sheet number asked for on standard input, the
rows in batches, ``null`` after the last.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO

from core.apart import limits as apart
from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable
from core.spreadsheets.worksheets import column_letters

_BATCH = 100  # rows; one batch of an ordinary list is shorter than one cell may be, and then needs no second look


def main() -> None:
    """Read the file given as an open descriptor and serve its rows until standard input ends."""
    apart.limit_this_process()
    with os.fdopen(int(sys.argv[1]), "rb") as file:
        try:
            tables = _tables(file, filename=sys.argv[2])
            _say({"sheets": [_facts(table) for table in tables]})
            for line in sys.stdin:
                for batch in _batches(tables[int(line)].rows()):
                    print(batch)
                _say(None)
        except Refused as refused:
            _say({"refused": refused.code, "facts": refused.facts})
        except MemoryError:
            _say({"refused": Unreadable.TOO_MUCH_MEMORY, "facts": {"limit": apart.MEMORY // apart.MEGABYTE}})


def _facts(table: Any) -> dict[str, Any]:
    """What is known of a sheet before its rows."""
    return {
        "name": table.name,
        "hidden": table.hidden,
        "from_1904": table.from_1904,
        "merged_down": table.merged_down(),
    }


def _tables(file: BinaryIO, *, filename: str) -> list[Any]:
    from core.spreadsheets.delimited import Text
    from core.spreadsheets.kinds import kind_of
    from core.spreadsheets.workbook import read_workbook

    name = PurePath(filename)
    kind = kind_of(file)
    file.seek(0)
    if kind == "zip":
        tables = read_workbook(file)
        if name.suffix.lower() != ".xlsx":
            raise Refused(Unreadable.WRONG_TYPE, kind="xlsx")
        return tables
    if kind == "text" and name.suffix.lower() == ".csv":
        return [Text(name.stem, file.read())]
    raise Refused(Unreadable.WRONG_TYPE, kind=kind)


def _batches(rows: Iterable[list[Any]]) -> Iterator[str]:
    """JSON lines of at most ``_BATCH`` rows, ``[first number, row, ...]``."""
    first, source = 1, iter(rows)
    while batch := list(islice(source, _BATCH)):
        line = _json([first, *batch])
        if len(line) <= limits.CELL:
            yield line
        else:  # long texts: each looked at, one row a line, so that no line grows beyond LINE
            for number, row in enumerate(batch, start=first):
                _check_cells(number, row)
                line = _json([number, row])
                if len(line) > limits.ROW_TEXT:
                    raise Refused(Unreadable.CELL_TOO_LONG, where=f"{number}:{number}", limit=limits.ROW_TEXT)
                yield line
        first += len(batch)


def _check_cells(number: int, row: list[Any]) -> None:
    for column, value in enumerate(row, start=1):
        if isinstance(value, str) and len(value) > limits.CELL:
            where = f"{column_letters(column)}{number}"
            raise Refused(Unreadable.CELL_TOO_LONG, where=where, limit=limits.CELL)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain, check_circular=False)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    return {"f": value.text, "v": value.value}  # type: ignore[attr-defined]  # the only other kind: FormulaCell


def _say(value: object) -> None:
    print(_json(value), flush=True)


if __name__ == "__main__":
    main()
