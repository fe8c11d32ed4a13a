"""Asking what an uploaded file is; the file itself is opened in a process apart only."""

import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from core.apart import limits as apart
from core.apart.asking import Declined, answer_of
from core.apart.process import Fate, Stopped
from core.enums import FileKind
from core.files import limits, scanning
from core.files.codes import Unfit
from core.files.refusals import cannot_take
from core.spreadsheets.sheets import shown_name

log = logging.getLogger(__name__)

# The first is what a file of the kind is called here. A photograph may come under either name: it is written anew.
ENDINGS = {
    FileKind.JPEG: (".jpg", ".jpeg", ".jfif", ".png"),
    FileKind.PNG: (".png", ".jpg", ".jpeg", ".jfif"),
    FileKind.PDF: (".pdf",),
    FileKind.XLSX: (".xlsx",),
    FileKind.DOCX: (".docx",),
    FileKind.CSV: (".csv",),
}
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_NOT_IN_NAMES = '<>:"/\\|?*'


@dataclass(frozen=True)
class Judged:
    """A file that may be kept: photographs written anew, everything else byte for byte as it came."""

    kind: FileKind
    name: str
    content: bytes


def judged(upload: BinaryIO, *, filename: str) -> Judged:
    """What the file is. Raises ``CannotTake``; nothing is written under a name anywhere."""
    shown = shown_name(filename) or "?"
    ending = PurePosixPath(shown).suffix.lower()
    with tempfile.TemporaryFile() as copy:
        _copy(upload, copy, shown)
        try:
            facts, content = answer_of("core.files.child", copy, ending)
        except Declined as declined:
            raise cannot_take(declined.code, shown, _with_limits(declined.facts)) from declined
        except Stopped as stopped:
            raise cannot_take(*_words_of(stopped, shown)) from stopped
        kind = FileKind(facts["kind"])
        if ending not in ENDINGS[kind]:
            raise cannot_take(Unfit.NAME_DOES_NOT_FIT, shown, {"kind": str(kind), "ending": ENDINGS[kind][0]})
        if len(content) > 2 * limits.FILE:  # a photograph can grow when it is written anew
            raise _too_large(len(content), shown)
        _refuse_infected(copy, shown)
    return Judged(kind, clean_name(shown, kind), content)


def _refuse_infected(copy: BinaryIO, shown: str) -> None:
    """The file as it came, where a scanner is configured."""
    try:
        found = scanning.infection_of(copy)
    except scanning.NoVerdict as silent:
        log.error("the scanner gives no verdict, the file is refused: %s", silent)
        raise cannot_take(Unfit.UNSCANNED, shown, {}) from silent
    if found:
        log.warning("the scanner found %s, the file is refused", found)
        raise cannot_take(Unfit.INFECTED, shown, {"what": found})


def clean_name(shown: str, kind: FileKind) -> str:
    """A name that every system can store, ending as its kind does."""
    stem = "".join(letter for letter in PurePosixPath(shown).stem if letter not in _NOT_IN_NAMES).strip(" .")
    if stem.partition(".")[0].lower() in _RESERVED:
        stem = f"_{stem}"
    return f"{stem[: limits.NAME] or '附件'}{ENDINGS[kind][0]}"


def _copy(upload: BinaryIO, copy: BinaryIO, shown: str) -> None:
    """A nameless copy from its start, because the process apart needs a descriptor."""
    size = upload.seek(0, os.SEEK_END)
    upload.seek(0)
    if not size:
        raise cannot_take(Unfit.EMPTY, shown, {})
    if size > limits.FILE:
        raise _too_large(size, shown)
    shutil.copyfileobj(upload, copy)
    copy.flush()
    copy.seek(0)


def _too_large(size: int, shown: str) -> Exception:
    facts = {"actual": f"{size / apart.MEGABYTE:.1f}", "limit": limits.FILE // apart.MEGABYTE}
    return cannot_take(Unfit.TOO_LARGE, shown, facts)


def _with_limits(facts: dict) -> dict:
    return {"limit": apart.SECONDS} | facts


def _words_of(stopped: Stopped, shown: str) -> tuple[Unfit, str, dict]:
    if stopped.fate is Fate.TOO_SLOW:
        return Unfit.TOO_SLOW, shown, {"limit": apart.SECONDS}
    if stopped.fate is Fate.TOO_MUCH_MEMORY:
        return Unfit.TOO_MUCH_MEMORY, shown, {"limit": apart.MEMORY // apart.MEGABYTE}
    return Unfit.DAMAGED, shown, {}
