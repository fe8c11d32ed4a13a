"""What a file is, judged by its first bytes, never by its name (U1)."""

import re
from typing import BinaryIO

from core.spreadsheets import limits
from core.spreadsheets.codes import Refused, Unreadable

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\xff\xfe", "utf16"),
    (b"\xfe\xff", "utf16"),
)
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|meta|table|script|style)\b", re.I)
_XML = re.compile(rb"\s*<(?:\?xml|\w+:?\w*[\s>])", re.I)
_OLE_STREAMS = (("EncryptedPackage", "encrypted"), ("Workbook", "xls"), ("Book", "xls"))


def magic_of(head: bytes) -> str:
    """The kind that the first bytes announce, "" if none."""
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")


def kind_of(file: BinaryIO) -> str:
    """``zip``, ``text`` or the name of something that is not read here. Raises ``Refused`` when encrypted."""
    file.seek(0)
    head = file.read(4096)
    kind = magic_of(head)
    if kind == "ole":
        return _ole_kind(head + file.read(limits.FILE))
    if kind in ("picture", "program") and head[:2] in (b"BM", b"MZ") and b"\0" not in head:
        kind = ""  # two letters alone do not make a picture of a list
    if kind:
        return kind
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(plain):
        return "html"
    return "xml" if _XML.match(plain) else "text"


def _ole_kind(content: bytes) -> str:
    for stream, kind in _OLE_STREAMS:
        if stream.encode("utf-16-le") in content:
            if kind == "encrypted":
                raise Refused(Unreadable.ENCRYPTED)
            return kind
    return "ole"
