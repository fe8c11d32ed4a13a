"""Workbooks and Word files: kept as they are, if they hold nothing that runs or reaches outside (TRUST.md U4)."""

import re
from typing import BinaryIO

from core.apart.child import Declines
from core.files.codes import Unfit
from core.spreadsheets.package import Package
from core.spreadsheets.workbook import check_relations, parsed, read_workbook

_FIELD = re.compile(
    rb"""<(?:\w+:)?fldChar\b[^<>]*["']begin["']|<(?:\w+:)?instrText\b[^<>]*>([^<]*)"""
    rb"""|<(?:\w+:)?fldSimple\b[^<>]*\binstr=(?:"([^"]*)"|'([^']*)')"""
)
_REACHES_OUT = re.compile(rb"\b(?:DDE(?:AUTO)?|INCLUDETEXT|INCLUDEPICTURE|IMPORT)\b", re.IGNORECASE)
_REACHES_OUT_IN_A_CELL = re.compile(
    r"^=\s*[\w.']+\s*\||\b(?:DDE|WEBSERVICE|CALL|REGISTER(?:\.ID)?)\s*\(", re.IGNORECASE
)


def check_office(file: BinaryIO) -> str:
    """ "xlsx" or "docx". Raises ``Refused`` of ``core.spreadsheets``, or ``Declines``."""
    package = Package(file, kinds=("xlsx", "docx"))
    if package.kind == "xlsx":
        _check_workbook(file)
    else:
        _check_document(package)
    return package.kind


def _check_workbook(file: BinaryIO) -> None:
    for table in read_workbook(file):
        for row in table.marks.formulas.values():
            for text in row.values():
                if _REACHES_OUT_IN_A_CELL.search(text):
                    raise Declines(Unfit.DYNAMIC_DATA)


def _check_document(package: Package) -> None:
    """Every part, whatever its name: which of them Word shows is told by relations, and names know no case."""
    for name in package.members:
        if name.lower().endswith(".rels"):
            check_relations(name, parsed(package, name))
        elif reaches_out(b"".join(package.chunks(name))):
            raise Declines(Unfit.DYNAMIC_DATA)


def reaches_out(part: bytes) -> bool:
    """True when a field of the document would fetch or run something; its words may be cut into many runs."""
    fields = [b""]
    for found in _FIELD.finditer(part):
        run = found[1]
        if run is None:
            fields.append(found[2] or found[3] or b"")
        else:
            fields[-1] += run
    return any(_REACHES_OUT.search(field.replace(b"&quot;", b'"')) for field in fields)
