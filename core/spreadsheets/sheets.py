"""What a reader of spreadsheets sees: sheets in order, rows with the numbers that Excel shows, plain values.

The file itself is read in a process of its own (``child``), so that no hostile file can take memory, time or secrets
of ours, and so that reading and what is done with the rows run side by side.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, overload

from core.apart import limits as apart
from core.apart.process import Fate, Process, command_of
from core.spreadsheets import limits
from core.spreadsheets.codes import Unreadable
from core.spreadsheets.refusals import CannotRead, cannot_read

_COMMAND = command_of("core.spreadsheets.child")


class Formula(str):
    """The text of a real formula, "=" first; ``value`` is what the sheet last showed for it ("" if unknown)."""

    __slots__ = ("value",)
    value: "Value"


Value = str | float | int | bool | date | datetime | Formula
Row = tuple[int, tuple[Value, ...]]


class Sheet:
    """One sheet; ``hidden`` ones are read like the others.

    ``from_1904``: its serial numbers count from 1904. ``merged_down``: (column, first row, last row), from 1, of
    cells merged over rows: their value stands in the first row's leftmost column, the others are blank.
    """

    def __init__(
        self, reader: "_Reader", index: int, name: str, hidden: bool, from_1904: bool, merged_down: list[list[int]]
    ) -> None:
        self._reader, self._index, self.name, self.hidden = reader, index, name, hidden
        self.from_1904, self.merged_down = from_1904, merged_down

    @property
    def rows(self) -> Iterator[Row]:
        """(number as in Excel, values) of every row from 1 on, blank ones included.

        May be taken again; taking it ends any other ``rows`` of the file that is still running. Raises ``CannotRead``
        in the middle only for what cannot be known before: a cell of too many characters, or memory.
        """
        return self._reader.rows(self._index)


class Sheets(Sequence[Sheet]):
    """The sheets of one file in the file's order. Closing it (or leaving ``with``) ends the reading process."""

    def __init__(self, reader: "_Reader", sheets: list[Sheet]) -> None:
        self._reader, self._sheets = reader, sheets

    @overload
    def __getitem__(self, index: int) -> Sheet: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sheet]: ...
    def __getitem__(self, index: int | slice) -> Sheet | Sequence[Sheet]:
        return self._sheets[index]

    def __len__(self) -> int:
        return len(self._sheets)

    def __enter__(self) -> "Sheets":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()


def open_sheets(source: str | Path | BinaryIO, *, filename: str) -> Sheets:
    """The sheets of an xlsx or csv file; ``filename`` is the name that the person gave it.

    Every check is done before this returns. Raises ``CannotRead``; ``OSError`` for a path that cannot be opened.
    """
    shown = shown_name(filename)
    with _opened(source, shown) as file:
        reader = _Reader(file, shown)
    try:
        sheets = reader.answer()["sheets"]
    except BaseException:
        reader.close()
        raise
    return Sheets(reader, [Sheet(reader, index, **sheet) for index, sheet in enumerate(sheets)])


def shown_name(filename: str) -> str:
    """The last part of a file name fit to show: no folders, no control or direction marks, its end if too long."""
    last = PurePosixPath(filename.replace("\\", "/").replace("\0", "")).name
    return "".join(letter for letter in last if letter.isprintable())[-100:]


def _checked(file: BinaryIO, shown: str) -> BinaryIO:
    """The same file, from its start. Raises ``CannotRead`` when it is empty or too large."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not size:
        raise cannot_read(Unreadable.EMPTY, shown, {})
    if size > limits.FILE:
        facts = {"actual": f"{size / limits.MEGABYTE:.1f}", "limit": limits.FILE // limits.MEGABYTE}
        raise cannot_read(Unreadable.TOO_LARGE, shown, facts)
    return file


@contextmanager
def _opened(source: str | Path | BinaryIO, shown: str) -> Iterator[BinaryIO]:
    """The file behind a path, or a nameless copy of an upload: the reading process needs a descriptor of its own."""
    if isinstance(source, str | Path):
        with open(source, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise cannot_read(Unreadable.WRONG_TYPE, shown, {"kind": "not_a_file"})
            yield _checked(file, shown)
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(_checked(source, shown), copy)
            copy.flush()
            yield copy


class _Reader:
    """The reading process, seen from here: questions go in, lines of JSON come out."""

    def __init__(self, file: BinaryIO, shown: str) -> None:
        self.shown, self.turn = shown, 0
        self.running = False
        self.process = Process(_COMMAND, file, shown)
        self.close = self.process.close

    def rows(self, index: int) -> Iterator[Row]:
        self.turn += 1
        turn = self.turn
        while self.running:  # what is left of an iteration that was given up
            self.running = self.answer() is not None
        self._ask(index)
        self.running = True
        return self._rows(turn)

    def _rows(self, turn: int) -> Iterator[Row]:
        while True:
            if turn != self.turn:
                raise RuntimeError("these rows ended when others of the same file were taken")
            batch = self.answer()
            if batch is None:
                self.running = False
                return
            first, *rows = batch
            for number, row in enumerate(rows, start=first):
                yield number, tuple(row)

    def _ask(self, index: int) -> None:
        try:
            self.process.questions.write(b"%d\n" % index)
            self.process.questions.flush()
        except BrokenPipeError:
            raise self._died() from None

    def answer(self) -> Any:
        """The next line. Raises ``CannotRead`` when it is a refusal, or when the process has died."""
        line = self.process.answers.readline(limits.LINE)
        if not line.endswith(b"\n"):
            raise self._died()
        answer = json.loads(line, object_hook=_value)
        if isinstance(answer, dict) and "refused" in answer:
            raise cannot_read(Unreadable(answer["refused"]), self.shown, answer["facts"])
        return answer

    def _died(self) -> CannotRead:
        stopped = self.process.stopped()
        if stopped.fate is Fate.TOO_SLOW:
            return cannot_read(Unreadable.TOO_SLOW, self.shown, {"limit": apart.SECONDS})
        if stopped.fate is Fate.TOO_MUCH_MEMORY:
            facts = {"limit": apart.MEMORY // apart.MEGABYTE}
            return cannot_read(Unreadable.TOO_MUCH_MEMORY, self.shown, facts)
        return cannot_read(Unreadable.DAMAGED, self.shown, {"where": str(stopped.status)})


def _value(found: dict[str, Any]) -> Any:
    if "d" in found:
        return date.fromisoformat(found["d"])
    if "t" in found:
        return datetime.fromisoformat(found["t"])
    if "f" in found:
        formula = Formula(found["f"])
        formula.value = found["v"]
        return formula
    return found
