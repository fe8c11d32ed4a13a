"""One pass over a sheet's XML for what the fast reader does not tell: formulas, error values, cells far out.

It reads the spelling that office programs write (reference first in each cell). What is spelt otherwise is still
read rightly; only the memory limit of the reading process then stands against a cell far out.
"""

import html
import re
from collections.abc import Iterable, Iterator

from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable

_OPENING = re.compile(rb"<(?:(\w+):)?worksheet[\s>]")
_DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\s+ref=["'](?:[A-Z]+\d+:)?([A-Z]{1,3})(\d{1,7})["']""")
_CARRY = 1 << 20  # a cell whose XML is longer is not followed across pieces
_FORMULA_SHOWN = 255


class Marks:
    """Formulas and error values of one sheet: ``{row: {column: text}}``, both from 1."""

    def __init__(self) -> None:
        self.formulas: dict[int, dict[int, str]] = {}
        self.errors: dict[int, dict[int, str]] = {}


def scan(chunks: Iterable[bytes], *, sheet: str) -> Marks:
    """Read the whole sheet once. Raises ``Refused`` for a filled cell beyond the limits of rows or columns."""
    marks, patterns, far = Marks(), None, True
    for piece in _whole_cells(chunks):
        if patterns is None:
            opening = _OPENING.search(piece[:8192])
            patterns = _Patterns(opening[1] + b":" if opening and opening[1] else b"")
            far = _may_reach_far(piece)
        if far:
            patterns.refuse_far_cells(piece, sheet)
        patterns.collect(piece, marks)
    return marks


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _may_reach_far(head: bytes) -> bool:
    """Without a believable dimension every cell is looked at; a dimension that lies small meets the memory limit."""
    dimension = _DIMENSION.search(head[:65_536])
    if dimension is None:
        return True
    return column_number(dimension[1].decode()) > limits.COLUMNS or int(dimension[2]) > limits.ROWS


def _whole_cells(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut before a cell instead of anywhere."""
    carry = b""
    for chunk in chunks:
        piece = carry + chunk
        start = piece.rfind(b"<c ")
        if start < 0:
            start = piece.rfind(b"<", 0, max(piece.rfind(b":c "), 0))
        if start <= 0 or len(piece) - start > _CARRY:
            start = len(piece)
        carry = piece[start:]
        yield piece[:start]
    yield carry


class _Patterns:
    """What to look for under the sheet's own namespace prefix (none, or "x:")."""

    def __init__(self, prefix: bytes) -> None:
        cell = rb"""<%bc\s+r=["']([A-Z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>\s*""" % prefix
        self.formula_hint = b"<" + prefix + b"f"
        self.formula = re.compile(cell + rb"<%bf(?:\s[^<>]*)?(?:/>|>([^<]*))" % prefix)
        error_cell = cell.replace(rb"[^<>]*(?<!/)", rb'[^<>]*\bt="e"[^<>]*')
        self.error = re.compile(error_cell + rb"<%bv>([^<]*)" % prefix)
        # Columns from AAA or from GA, rows from 100000: few enough to be judged one by one.
        far = rb"""<%bc\s+r=["']((?:[A-Z]{3}|[G-Z][A-Z])\d{1,7}|[A-Z]{1,3}\d{6,7})["'][^<>]*(?<!/)>(?!</)""" % prefix
        self.far = re.compile(far)

    def refuse_far_cells(self, piece: bytes, sheet: str) -> None:
        for found in self.far.finditer(piece):
            where = found[1].decode()
            letters = where.rstrip("0123456789")
            if column_number(letters) > limits.COLUMNS:
                raise Refused(Unreadable.TOO_MANY_COLUMNS, where=f"{sheet}!{where}", limit=limits.COLUMNS)
            if int(where[len(letters) :]) > limits.ROWS:
                raise Refused(Unreadable.TOO_MANY_ROWS, where=f"{sheet}!{where}", limit=limits.ROWS)

    def collect(self, piece: bytes, marks: Marks) -> None:
        if self.formula_hint in piece:
            for letters, row, text in self.formula.findall(piece):
                shown = "=" + html.unescape(text[:_FORMULA_SHOWN].decode("utf-8", "replace"))
                marks.formulas.setdefault(int(row), {})[column_number(letters.decode())] = shown
        if b't="e"' in piece:
            for letters, row, text in self.error.findall(piece):
                marks.errors.setdefault(int(row), {})[column_number(letters.decode())] = text[:20].decode(
                    "ascii", "replace"
                )
