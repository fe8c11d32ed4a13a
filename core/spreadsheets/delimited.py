"""Csv as offices write it: UTF-8 with or without mark, GB18030; comma, semicolon or tab."""

import csv
import io
from collections.abc import Iterator

from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable
from core.spreadsheets.worksheets import column_letters

_SNIFFED_LINES = 20


class Text:
    """A csv file, checked from its first to its last byte; ``rows`` may be taken again and again."""

    hidden = from_1904 = False

    def __init__(self, name: str, content: bytes) -> None:
        """Raises ``Refused``: NUL, encoding, too many rows or columns, a cell too long."""
        if b"\0" in content:
            raise Refused(Unreadable.NUL_BYTES, line=_line_of(content, content.index(b"\0")))
        self.name = name
        self.encoding = _encoding_of(content)
        self.content = content
        self.delimiter = self._delimiter()
        self._check()

    def merged_down(self) -> list[tuple[int, int, int]]:
        return []

    def rows(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self.delimiter)

    def _lines(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self.content), encoding=self.encoding, newline="")

    def _delimiter(self) -> str:
        """The one of , ; TAB that occurs most outside quotes in the first lines; comma when none does."""
        found = dict.fromkeys(",;\t", 0)
        for _, line in zip(range(_SNIFFED_LINES), self._lines(), strict=False):
            bare = "".join(line.split('"')[::2])
            for delimiter in found:
                found[delimiter] += bare.count(delimiter)
        return max(found, key=lambda delimiter: found[delimiter])

    def _check(self) -> None:
        csv.field_size_limit(limits.CELL)
        number = 0
        rows = self.rows()
        try:
            for number, row in enumerate(rows, start=1):
                if number > limits.ROWS:
                    raise Refused(Unreadable.TOO_MANY_ROWS, where=f"A{number}", limit=limits.ROWS)
                if len(row) > limits.COLUMNS:
                    raise Refused(
                        Unreadable.TOO_MANY_COLUMNS, where=f"{column_letters(len(row))}{number}", limit=limits.COLUMNS
                    )
        except csv.Error as too_long:
            raise Refused(Unreadable.CELL_TOO_LONG, where=f"A{number + 1}", limit=limits.CELL) from too_long


def _line_of(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _encoding_of(content: bytes) -> str:
    """UTF-8 if it is, else GB18030. Raises ``Refused`` with the line at which the better of the two stops."""
    stops = []
    marked = content.startswith(b"\xef\xbb\xbf")
    for encoding in ("utf-8",) if marked else ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError as stop:
            stops.append(stop.start)
        else:
            return "utf-8-sig" if marked else encoding
    raise Refused(Unreadable.BAD_ENCODING, line=_line_of(content, max(stops)))
