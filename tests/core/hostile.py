"""Builds, in code, the spreadsheets that somebody should not have sent (TRUST.md U1, U4): no binary file is kept."""

import io
import struct
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from core.spreadsheets.worksheets import column_letters

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "boom">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def sheet(rows: str, *, dimension: str = "", extra: str = "") -> bytes:
    """A worksheet's XML around ``<row>`` elements."""
    claimed = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f"<worksheet {_MAIN} {_R}>{claimed}<sheetData>{rows}</sheetData>{extra}</worksheet>".encode()


def text_cell(where: str, text: str) -> str:
    return f'<c r="{where}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def number_cell(where: str, number: float | str) -> str:
    return f'<c r="{where}"><v>{number}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def workbook_xml(names: Iterable[str], *, properties: str = "", hidden: Iterable[str] = ()) -> bytes:
    state = dict.fromkeys(hidden, ' state="hidden"')
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{state.get(name, "")}/>'
        for number, name in enumerate(names, start=1)
    )
    return f"<workbook {_MAIN} {_R}>{properties}<sheets>{listed}</sheets></workbook>".encode()


def relations(*targets: tuple[str, str], mode: str = "") -> bytes:
    """(type, target) of each relation."""
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_TYPE}/{kind}" Target={quoteattr(target)}{mode}/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f"<Relationships {_RELS}>{listed}</Relationships>".encode()


def members(sheets: dict[str, bytes] | None = None, **workbook: Any) -> dict[str, bytes]:
    """The parts of a small sound workbook; change them, then ``packed``."""
    sheets = sheets or {"名册": sheet(row(1, text_cell("A1", "姓名")))}
    paths = [f"worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)]
    return {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": workbook_xml(sheets, **workbook),
        "xl/_rels/workbook.xml.rels": relations(
            *(("worksheet", path) for path in paths), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/styles.xml": (
            f'<styleSheet {_MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
        ).encode(),
        "xl/sharedStrings.xml": f"<sst {_MAIN}/>".encode(),
        **{f"xl/{path}": xml for path, xml in zip(paths, sheets.values(), strict=True)},
    }


def packed(parts: dict[str, bytes], *, more: Iterable[tuple[zipfile.ZipInfo | str, bytes]] = ()) -> bytes:
    """The zip of the parts and of ``more`` entries, which may be odd or double."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in [*parts.items(), *more]:
            archive.writestr(name, part)
    return content.getvalue()


def plain() -> bytes:
    return packed(members())


def with_part(name: str, part: bytes = b"<x/>") -> bytes:
    return packed(members() | {name: part})


def with_entry(name: str, *, attributes: int = 0, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A sound workbook and one more entry whose directory line is odd."""
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = attributes << 16, compression
    return packed(members(), more=[(info, b"<x/>")])


def of_cells(*rows: str, dimension: str = "") -> bytes:
    return packed(members({"名册": sheet("".join(rows), dimension=dimension)}))


def lying_about_size(part: str, claimed: int) -> bytes:
    """The directory, and the part's own header, say that ``part`` unpacks to ``claimed`` bytes."""
    content = bytearray(plain())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        info = archive.getinfo(part)
    struct.pack_into("<L", content, info.header_offset + 22, claimed)
    entry = content.index(b"PK\x01\x02")
    while content[entry + 46 : entry + 46 + len(part)] != part.encode():
        entry = content.index(b"PK\x01\x02", entry + 1)
    struct.pack_into("<L", content, entry + 24, claimed)
    return bytes(content)


def flagged_encrypted() -> bytes:
    """Every entry says that it is encrypted, as a zip with a password does."""
    content = bytearray(plain())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + offset] |= 1
            start = content.find(signature, start + 1)
    return bytes(content)


def blown_up(megabytes: int) -> bytes:
    """One shared string of that size: the zip stays a few hundred kilobytes."""
    text = f"<sst {_MAIN}><si><t>".encode() + b"x" * (megabytes << 20) + b"</t></si></sst>"
    parts = members({"名册": sheet(row(1, '<c r="A1" t="s"><v>0</v></c>'))})
    return packed(parts | {"xl/sharedStrings.xml": text})


def varied_text(characters: int) -> str:
    """Chinese text that hardly packs."""
    return "".join(chr(0x4E00 + number * number * 7919 % 20_000) for number in range(characters))


def wide_row(cells: int, characters: int) -> bytes:
    """One row of that many long texts."""
    text = varied_text(characters)
    return of_cells(row(1, *(text_cell(f"{column_letters(column)}1", text) for column in range(1, cells + 1))))


def repeated_text(rows: int, characters: int) -> bytes:
    """One long shared string, shown in ``rows`` rows of ten cells: small packed, small unpacked, huge in memory."""
    text = varied_text(characters)
    lines = (
        row(number, *(f'<c r="{column}{number}" t="s"><v>0</v></c>' for column in "ABCDEFGHIJ"))
        for number in range(1, rows + 1)
    )
    parts = members({"名册": sheet("".join(lines))})
    return packed(parts | {"xl/sharedStrings.xml": f"<sst {_MAIN}><si><t>{text}</t></si></sst>".encode()})


def ole(*streams: str) -> bytes:
    return OLE + b"".join(stream.encode("utf-16-le") for stream in streams)
