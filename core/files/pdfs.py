"""PDF: kept as it is, if it can do nothing but be read (TRUST.md U3)."""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from core.apart.child import Declines
from core.files import limits
from core.files.codes import Unfit

# In the bytes themselves too: a reader that mends a broken table finds objects that the table does not name.
_WORDS = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm|GoToE|XFA)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
_KINDS = frozenset(
    {
        *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie"),
        *("/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Screen", "/3D", "/Sound"),
    }
)


def check_pdf(file: BinaryIO) -> bytes:
    """The file as it is. Raises ``Declines``: script, launch, embedded files, a password, pages, damage."""
    content = file.read()
    _refuse_words(content)
    try:
        _check_parsed(PdfReader(io.BytesIO(content)))
    except (Declines, MemoryError):
        raise
    except Exception as damaged:  # whatever a broken file does to the parser
        raise Declines(Unfit.DAMAGED) from damaged
    return content


def _refuse_words(content: bytes) -> None:
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    if found := _WORDS.search(plain):
        raise Declines(Unfit.ACTIVE_CONTENT, what=found[1].decode())


def _check_parsed(reader: PdfReader) -> None:
    if reader.is_encrypted:
        raise Declines(Unfit.ENCRYPTED)
    pages = _count_pages(reader.root_object["/Pages"])
    if not pages:
        raise Declines(Unfit.DAMAGED)
    for number, found in enumerate(_objects(reader)):
        if number > limits.PDF_OBJECTS:
            raise Declines(Unfit.TOO_SLOW)
        _check_object(found)


def _count_pages(root: Any) -> int:
    """Pages as a viewer counts them, one shown twice twice; a tree that leads back into itself ends there."""
    seen, waiting, pages = set(), [root], 0
    while waiting:
        node = waiting.pop().get_object()
        if not isinstance(node, DictionaryObject) or id(node) in seen:
            continue
        if "/Kids" in node:
            seen.add(id(node))
            waiting += list.__iter__(node["/Kids"].get_object())  # type: ignore[arg-type,union-attr]
        else:
            pages += 1
        if pages > limits.PDF_PAGES or len(seen) > 4 * limits.PDF_PAGES:
            raise Declines(Unfit.TOO_MANY_PAGES, limit=limits.PDF_PAGES)
    return pages


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Everything that the file's tables name, objects packed into streams included."""
    numbers = {(number, generation) for generation, places in reader.xref.items() for number in places}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > limits.PDF_OBJECTS:
        raise Declines(Unfit.TOO_SLOW)
    for number, generation in sorted(numbers):
        yield reader.get_object(IndirectObject(number, generation, reader))
    yield reader.trailer


def _check_object(found: Any) -> None:
    waiting = [found]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            for key, value in part.items():
                if key in _KEYS or (key in ("/S", "/Type", "/Subtype") and str(value) in _KINDS):
                    raise Declines(Unfit.ACTIVE_CONTENT, what=str(key if key in _KEYS else value).lstrip("/"))
            waiting += [part.raw_get(key) for key in part]
        elif isinstance(part, ArrayObject):
            waiting += list.__iter__(part)
