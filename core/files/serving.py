"""How a file leaves: saved, never shown, with nothing that a browser could make of it (TRUST.md 2.9)."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.enums import FileKind

TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.PDF: "application/pdf",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.CSV: "text/csv; charset=utf-8",
}


def file_response(content: bytes, *, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=TYPES[FileKind(kind)])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
