"""What the headers of a file say, for somebody to tell which column is which; nothing is judged yet."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.masks import mask_last4, mask_phone
from core.spreadsheets.sheets import Row, Sheet, open_sheets
from members.services.roster_columns import (
    FIELD_OF,
    HEADER_WITHIN,
    WORDINGS,
    HeaderTrouble,
    find_header,
    names_a_person,
    wording,
)
from members.services.roster_reading import CannotImport, Refusal
from members.services.roster_rows import clean

REASON, PLACE = "原因", "原始位置"  # columns of our own in the file of failed rows (``import_failed_rows``)
SAMPLES = 3
_LOOKED_AT = HEADER_WITHIN + SAMPLES + 2
_LONGEST = 40
_NUMBER = re.compile(r"\d(?:[\s\u00ad\u200b-\u200f\u2060\u2010-\u2015.\-]{0,3}\d){10,}[xX]?")


@dataclass
class Head:
    """One wording of the headers: as it is written, what it means by itself ("": unknown), and what stands below."""

    word: str
    title: str
    means: str
    samples: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        return asdict(self)


def heads_of(source: BinaryIO, *, filename: str) -> list[Head]:
    """Every wording once, over all visible sheets, in order. Raises ``CannotRead``, ``CannotImport``."""
    heads: dict[str, Head] = {}
    with open_sheets(source, filename=filename) as sheets:
        for sheet in sheets:
            if not sheet.hidden:
                for head in _of_sheet(sheet):
                    heads.setdefault(head.word, head)
    if not heads:
        raise CannotImport(Refusal.NO_HEADER, _("文件里没有任何内容，找不到表头。"))
    return list(heads.values())


def fingerprint(words: Iterable[str]) -> str:
    """The same for the same wordings in any order."""
    return hashlib.sha256("\n".join(sorted(set(words))).encode()).hexdigest()


def shown(text: str) -> str:
    """Text fit for a screen: no ID, card or telephone number stays whole, wherever it was typed."""
    plain = unicodedata.normalize("NFKC", text)
    return _NUMBER.sub(_masked, plain) if _NUMBER.search(plain) else text


def _masked(found: re.Match[str]) -> str:
    digits = "".join(str(unicodedata.digit(c)) for c in found[0] if c.isdecimal())
    return mask_phone(digits) if len(digits) == 11 else mask_last4(digits)


def _of_sheet(sheet: Sheet) -> list[Head]:
    rows = list(islice(sheet.rows, _LOOKED_AT))
    try:
        header = find_header(iter(rows))
    except HeaderTrouble:
        place = _likely(rows)
        below = rows[place + 1 :] if place is not None else []
        cells: Sequence[object] = rows[place][1] if place is not None else ()
    else:
        if header is None:
            return []
        cells, below = header.cells, list(header.rows)
    return _heads(cells, [row for _number, row in below[:SAMPLES]])


def _likely(rows: Sequence[Row]) -> int | None:
    """The row with the most words above the first person; the first of several."""
    counts = []
    for _number, cells in rows[:HEADER_WITHIN]:
        if names_a_person(cells):
            break
        counts.append(len({wording(cell) for cell in cells} - {""}))
    best = max(counts, default=0)
    return counts.index(best) if best >= 2 else None


def _heads(cells: Sequence[object], below: Sequence[Sequence[object]]) -> list[Head]:
    meant = _meant([wording(cell) for cell in cells])
    heads = []
    for place, cell in enumerate(cells):
        word = wording(cell)
        if not word or word in (REASON, PLACE):
            continue
        field_name = meant.get(place, "")
        samples = [_sample(row[place], field_name) for row in below if place < len(row)]
        heads.append(Head(word, clean(cell)[:_LONGEST], field_name, [sample for sample in samples if sample]))
    return heads


def _meant(words: list[str]) -> dict[int, str]:
    """Column -> field by the wordings alone; of several columns for one field the better known wording."""
    best: dict[str, tuple[int, int]] = {}
    for place, word in enumerate(words):
        if name := FIELD_OF.get(word):
            best[name] = min(best.get(name, (99, 0)), (WORDINGS[name].index(word), place))
    return {place: name for name, (_rank, place) in best.items()}


def _sample(cell: object, field_name: str) -> str:
    text = clean(cell)
    if field_name in ("id_number", "bank_card"):
        return mask_last4(text)
    return mask_phone(text) if field_name == "phone" else shown(text)[:_LONGEST]
