"""Builds, in code, files that people hand in, sound and hostile (TRUST.md U1-U4): no binary file is kept."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from xml.sax.saxutils import escape

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.core import hostile as h

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, how.pop("color", None) or (255 if mode in ("L", "1", "I;16") else "red")).save(
        content, kind, **how
    )
    return content.getvalue()


def photo_with_position() -> bytes:
    """A photograph taken sideways, that says where and by whom."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x013B] = "CANARY-ARTIST"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 2.0)
    return picture(exif=exif, comment=b"CANARY-COMMENT", icc_profile=b"CANARY-PROFILE" * 9)


def png_with_text() -> bytes:
    said = PngInfo()
    said.add_text("Comment", "CANARY-TEXT")
    return picture("PNG", pnginfo=said)


def pixel_flood(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    header = struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 3000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


def moving_png() -> bytes:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue", "green")]
    content = io.BytesIO()
    frames[0].save(content, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return content.getvalue()


def pdf(pages: int = 1) -> bytes:
    return _written(_writer(pages))


def _writer(pages: int = 1) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    return writer


def _written(writer: PdfWriter) -> bytes:
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def scripted_pdf() -> bytes:
    return pdf_with_action("JavaScript", JS="app.alert(1)")


def escaped_script() -> bytes:
    return scripted_pdf().replace(b"/JavaScript", b"/J#61vaScript")


def pdf_with_file() -> bytes:
    writer = _writer()
    writer.add_attachment("x.exe", b"MZ")
    return _written(writer)


def locked_pdf() -> bytes:
    writer = _writer()
    writer.encrypt("secret")
    return _written(writer)


def pdf_with_action(kind: str, **more: str) -> bytes:
    writer = _writer()
    action = {NameObject("/S"): NameObject(f"/{kind}")}
    action |= {NameObject(f"/{key}"): TextStringObject(value) for key, value in more.items()}
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(DictionaryObject(action))
    return _written(writer)


def hand_made_pdf(*objects: bytes, root: int = 1) -> bytes:
    """Objects 1, 2, ... as given, with a table that names them all."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, len(out))
    return out + table + trailer


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


def script_in_an_object_stream() -> bytes:
    """An action that no byte of the file shows: packed into a compressed stream that a table in a stream names."""
    inner = b"5 0 << /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"
    packed = zlib.compress(inner)
    out = b"%PDF-1.7\n"
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>",
        2: PAGES,
        3: PAGE,
        4: b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream"
        % (len(packed), packed),
    }
    places = {}
    for number, body in bodies.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = [(0, 0, 65535), *((1, places[n], 0) for n in (1, 2, 3, 4)), (2, 4, 0), (1, len(out), 0)]
    table = zlib.compress(b"".join(struct.pack(">BLH", *row) for row in rows))
    head = b"<< /Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R /Filter /FlateDecode /Length %d >>" % len(table)
    start = len(out)
    return out + b"6 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (head, table, start)


def endless_pages() -> bytes:
    """A tree of pages that leads back into itself."""
    return hand_made_pdf(
        CATALOG, b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>", b"<< /Type /Pages /Kids [2 0 R] >>"
    )


def many_pages(count: int) -> bytes:
    return hand_made_pdf(CATALOG, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * count, count), PAGE)


def docx(body: str = "<w:p><w:r><w:t>情况说明</w:t></w:r></w:p>", **parts: bytes) -> bytes:
    """A small sound Word file; ``parts`` by name with "__" for "/" and a single "_" for "."."""
    members = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": h.relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>".encode(),
    }
    named = {
        name.replace("__", "/").replace("_", ".").replace("/.rels/", "/_rels/"): part for name, part in parts.items()
    }
    return h.packed(members | named)


def field(*runs: str) -> str:
    """A Word field whose words are cut into runs."""
    said = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f"<w:p>{begin}{said}{end}</w:p>"


def bomb(megabytes: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"<a>" + b" " * (megabytes << 20))
    return content.getvalue()


def members(count: int) -> list[tuple[str, bytes]]:
    return [(f"x/{number}", b"") for number in range(count)]


def repacked(content: bytes, more: dict[str, bytes], *, named: Callable[[str], str] = str) -> bytes:
    """The same zip with ``more`` in it, its members called otherwise."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return h.packed({named(name): archive.read(name) for name in archive.namelist()} | more)


def in_capitals(content: bytes) -> bytes:
    """Its sheets, which the relations name in small letters."""
    return repacked(content, {}, named=lambda name: name.replace("sheets/sheet", "SHEETS/SHEET"))


def formula(text: str) -> bytes:
    """A workbook whose first cell holds that formula."""
    return h.of_cells(h.row(1, f'<c r="A1"><f>{escape(text)}</f></c>'))
