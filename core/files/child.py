"""``python -m core.files.child FD ENDING``: what the file is, and the content to keep (none: as it came)."""

from typing import Any, BinaryIO

from core.apart.child import Declines, serve
from core.files.codes import Unfit
from core.spreadsheets.codes import Refused, Unreadable

_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


def judge(file: BinaryIO, ending: str) -> tuple[dict[str, Any], bytes]:
    """Facts {"kind": ...} and the content to keep. Raises ``Declines`` with a code of ``Unfit`` or ``Unreadable``."""
    try:
        return _judged(file, ending)
    except Refused as refused:
        if refused.code is Unreadable.WRONG_TYPE:
            raise Declines(Unfit.NOT_ALLOWED, **refused.facts) from refused
        raise Declines(refused.code, **refused.facts) from refused


def _judged(file: BinaryIO, ending: str) -> tuple[dict[str, Any], bytes]:
    from core.spreadsheets.kinds import kind_of

    head = file.read(12)
    kind = "heic" if head[4:8] == b"ftyp" and head[8:12] in _HEIC else kind_of(file)
    file.seek(0)
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        from core.files.pictures import rewritten

        kind, content = rewritten(file)
        return {"kind": kind}, content
    if kind == "pdf":
        from core.files.pdfs import check_pdf

        return {"kind": "pdf"}, check_pdf(file)
    if kind == "zip":
        from core.files.office import check_office

        return {"kind": check_office(file)}, _whole(file)
    if kind == "text" and ending == ".csv":
        from core.spreadsheets.delimited import Text

        return {"kind": "csv"}, Text(ending, file.read()).content
    raise Declines(Unfit.NOT_ALLOWED, kind=kind)


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def first() -> None:
    """What reads each kind."""
    from core.files import office, pdfs, pictures  # noqa: F401
    from core.spreadsheets import delimited, kinds  # noqa: F401


if __name__ == "__main__":
    serve(judge, first=first)
