"""The zip around a workbook, checked member by member before any spreadsheet reader sees it (U4).

Sizes are counted while unpacking, not believed; nothing is written to disk.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable
from core.spreadsheets.kinds import magic_of

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 20
_PROLOG_BYTES = 8192
_KIND_BY_MEMBER = (("xl/workbook.bin", "xlsb"), ("word/document.xml", "docx"), ("content.xml", "ods"))
_REQUIRED = {
    "xlsx": {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"},
    "docx": {"[Content_Types].xml", "word/document.xml"},
}
_FORBIDDEN = (  # looked for in lower-case names, the first that fits decides
    (re.compile(r"vbaproject|xl/(?:macrosheets|dialogsheets)/|customui/"), Unreadable.MACROS),
    (re.compile(r"xl/(?:externallinks|querytables)/|xl/connections\.xml"), Unreadable.EXTERNAL_CONTENT),
    (re.compile(r"(?:xl|word)/(?:embeddings|activex|ctrlprops|afchunk)"), Unreadable.EMBEDDED_OBJECT),
    (re.compile(r"\.(?:zip|rar|7z|gz|jar|xlsx|docx|xls|doc)$"), Unreadable.NESTED_ARCHIVE),
    (re.compile(r"\.(?:exe|dll|js|vbs|bat|cmd|ps1|lnk|hta|html?|mht|rtf|swf)$"), Unreadable.EMBEDDED_OBJECT),
)
_MAGIC_CODES = {
    "zip": Unreadable.NESTED_ARCHIVE,
    "archive": Unreadable.NESTED_ARCHIVE,
    "ole": Unreadable.EMBEDDED_OBJECT,
    "program": Unreadable.EMBEDDED_OBJECT,
    "pdf": Unreadable.EMBEDDED_OBJECT,
}
# Atomic groups: a comment ends at its first "-->", and no input makes this slow.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?>(?:(?><\?.*?\?>)|(?><!--.*?-->)|\s+)*)<[A-Za-z_]", re.DOTALL)
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)""")


class Package:
    """The members of an office file's zip. Raises ``Refused`` on construction for what the directory alone shows."""

    def __init__(self, file: BinaryIO, *, kinds: tuple[str, ...] = ("xlsx",)) -> None:
        self.file = file
        self.members = {info.filename: info for info in _directory(file)}
        _check_sizes(list(self.members.values()))
        for name, info in self.members.items():
            _check_member(name, info)
        self.kind = self._kind_among(kinds)
        for name in self.members:
            _check_name(name)

    def _kind_among(self, kinds: tuple[str, ...]) -> str:
        names = self.members.keys()
        for kind in kinds:
            if _REQUIRED[kind] <= names:
                return kind
        kind = next((kind for member, kind in _KIND_BY_MEMBER if member in names), "archive")
        raise Refused(Unreadable.WRONG_TYPE, kind=kind)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The unpacked member in pieces. Raises ``Refused`` when it is longer or shorter than the directory says."""
        info, size = self.members[name], 0
        for chunk in _inflated(self.file, info):
            if not size:
                _check_head(name, chunk)
            size += len(chunk)
            if size > info.file_size:
                raise Refused(Unreadable.DAMAGED, where=name)
            yield chunk
        if size != info.file_size:
            raise Refused(Unreadable.DAMAGED, where=name)


def _directory(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """The entries of the one central directory, which must be the end of the file: two readers, one truth."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(size - _END.size, 0))
    tail = file.read()
    if len(tail) < _END.size or _END.unpack(tail)[0] != b"PK\x05\x06":
        raise Refused(Unreadable.DAMAGED, where="zip")
    if (announced := _END.unpack(tail)[4]) > limits.MEMBERS:
        raise Refused(Unreadable.TOO_MANY_MEMBERS, actual=announced, limit=limits.MEMBERS)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as damaged:
        raise Refused(Unreadable.DAMAGED, where="zip") from damaged
    if len(infos) > limits.MEMBERS:
        raise Refused(Unreadable.TOO_MANY_MEMBERS, actual=len(infos), limit=limits.MEMBERS)
    seen = set()
    for info in infos:
        if info.header_offset < 0:
            raise Refused(Unreadable.DAMAGED, where="zip")
        if info.orig_filename.casefold() in seen:  # one reader takes the first, another the last
            raise Refused(Unreadable.UNSAFE_MEMBER, where=_short(info.orig_filename))
        seen.add(info.orig_filename.casefold())
    return infos


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    expanded = sum(info.file_size for info in infos)
    if expanded > limits.EXPANDED:
        raise Refused(
            Unreadable.EXPANDS_TOO_MUCH,
            where="zip",
            actual=f"{expanded // limits.MEGABYTE} MB",
            limit=f"{limits.EXPANDED // limits.MEGABYTE} MB",
        )
    packed = sum(info.compress_size for info in infos)
    for name, size, small in (
        ("zip", expanded, packed),
        *((i.filename, i.file_size, i.compress_size) for i in infos),
    ):
        if size > limits.RATIO_FROM and size > limits.RATIO * max(small, 1):
            raise Refused(
                Unreadable.EXPANDS_TOO_MUCH,
                where=_short(name),
                actual=f"{size // max(small, 1)} : 1",
                limit=f"{limits.RATIO} : 1",
            )


def _check_member(name: str, info: zipfile.ZipInfo) -> None:
    """Encrypted, leading out of the archive, a link, or packed in a way that Office does not use."""
    if info.flag_bits & 0x1:
        raise Refused(Unreadable.ENCRYPTED)
    unsafe = (
        name != info.orig_filename
        or "\\" in name
        or ":" in name
        or name.startswith("/")
        or ".." in name.split("/")
        or not name.isprintable()
        or len(name) > 255
    )
    kind = stat.S_IFMT(info.external_attr >> 16)
    stored = info.compress_type == zipfile.ZIP_STORED
    if (
        unsafe
        or kind not in (0, stat.S_IFREG, stat.S_IFDIR)
        or not (stored or info.compress_type == zipfile.ZIP_DEFLATED)
    ):
        raise Refused(Unreadable.UNSAFE_MEMBER, where=_short(info.orig_filename))


def _check_name(name: str) -> None:
    for pattern, code in _FORBIDDEN:
        if pattern.search(name.lower()):
            raise Refused(code, where=_short(name))


def _check_head(name: str, head: bytes) -> None:
    """XML must reach its root element without a DTD, in UTF-8; anything else must not be an archive or object."""
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        if code := _MAGIC_CODES.get(magic_of(head)):
            raise Refused(code, where=_short(name))
        return
    head = head[:_PROLOG_BYTES]
    encoding = _ENCODING.match(head.removeprefix(b"\xef\xbb\xbf"))
    if _PROLOG.match(head) and (encoding is None or encoding[1].lower() in (b"utf-8", b"us-ascii")):
        return
    raise Refused(Unreadable.DOCTYPE if _DOCTYPE.search(head) else Unreadable.DAMAGED, where=_short(name))


def _inflated(file: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    file.seek(info.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise Refused(Unreadable.DAMAGED, where=_short(info.filename))
    *_, name_length, extra_length = _LOCAL.unpack(header)
    file.seek(name_length + extra_length, 1)
    packed = file.read(info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        yield from (packed[start : start + _CHUNK] for start in range(0, len(packed), _CHUNK))
        return
    inflater = zlib.decompressobj(-15)
    try:
        while not inflater.eof:
            chunk = inflater.decompress(packed, _CHUNK)
            packed = inflater.unconsumed_tail
            if not chunk and not packed and not inflater.eof:
                break
            if chunk:
                yield chunk
    except zlib.error as damaged:
        raise Refused(Unreadable.DAMAGED, where=_short(info.filename)) from damaged
    if not inflater.eof:
        raise Refused(Unreadable.DAMAGED, where=_short(info.filename))


def _short(name: str) -> str:
    """A member's name fit to show."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)[:80]
