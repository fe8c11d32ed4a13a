"""One PDF of several: their pages behind each other, a mark for each chapter, page numbers that run through it.

The parts are documents of ours (``core.documents``). Numbers are drawn over pages that have none themselves
(class ``unnumbered``), because how many pages there are is known when all parts are laid out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from core.documents import render_pdf

_NUMBER = "/PageNumber"


@dataclass(frozen=True)
class Chapter:
    """``numbered``: its pages, all landscape, have no numbers yet."""

    title: str
    parts: list[bytes]
    numbered: bool = False


def bound(chapters: Iterable[Chapter]) -> bytes:
    """Raises ``core.documents.CannotRender``, of the page numbers."""
    writer, whole = PdfWriter(), BytesIO()
    for chapter in chapters:
        first = len(writer.pages)
        for part in chapter.parts:
            writer.append(BytesIO(part), import_outline=False)
        if chapter.numbered:
            _number(writer, writer.pages[first:])
        writer.add_outline_item(title=chapter.title, page_number=first)
    writer.write(whole)
    return whole.getvalue()


def _number(writer: PdfWriter, pages: Sequence[PageObject]) -> None:
    """第 x 页 共 y 页 at the foot of each."""
    numbers = PdfReader(BytesIO(render_pdf("core/pdf_numbers.html", {"pages": range(len(pages))})))
    fonts = _inside(numbers.pages[0], "/Resources").clone(writer)  # the same for all of them
    for page, number in zip(pages, numbers.pages, strict=True):
        content, drawn = number.get_contents(), DecodedStreamObject()
        drawn.set_data(content.get_data() if content is not None else b"")
        drawn[NameObject("/Type")], drawn[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
        drawn[NameObject("/BBox")], drawn[NameObject("/Resources")] = number.mediabox, fonts
        _draw_over(writer, page, drawn.flate_encode())


def _draw_over(writer: PdfWriter, page: PageObject, drawn: StreamObject) -> None:
    """After the page's own content, whatever state of the pen that leaves."""
    own = _inside(page, "/Resources")
    resources = DictionaryObject(own)
    named = DictionaryObject(_inside(own, "/XObject"))
    named[NameObject(_NUMBER)] = writer._add_object(drawn)
    resources[NameObject("/XObject")] = named
    page[NameObject("/Resources")] = resources
    content = page["/Contents"]
    parts = content if isinstance(content, ArrayObject) else [page.raw_get("/Contents")]
    ends = [_stream(writer, b"q\n"), _stream(writer, f"\nQ q {_NUMBER} Do Q\n".encode())]
    page[NameObject("/Contents")] = ArrayObject([ends[0], *parts, ends[1]])


def _inside(owner: DictionaryObject, name: str) -> DictionaryObject:
    found = owner[name].get_object() if name in owner else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _stream(writer: PdfWriter, content: bytes) -> IndirectObject:
    stream = DecodedStreamObject()
    stream.set_data(content)
    return writer._add_object(stream)
