"""Paper: a template becomes a PDF as people know it, with Chinese fonts, fetching nothing (TRUST.md L8, 5.2 U5)."""

import tempfile
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from core.apart.asking import Declined, answer_of
from core.apart.process import Fate, Stopped
from core.errors import DomainError


class DocumentError(StrEnum):
    """Why a document could not be made."""

    ENGINE_MISSING = "document_engine_missing"
    TOO_LONG = "document_too_long"
    BROKE = "document_broke"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    DocumentError.ENGINE_MISSING: _("本机缺少生成 PDF 的系统库（Pango），请让管理员按启动时的提示安装。"),
    DocumentError.TOO_LONG: _("内容太多，一次生成不了这份 PDF。请缩小范围分几份生成。"),
    DocumentError.BROKE: _("这份 PDF 没有生成成功，请稍后再试；仍不成功请告诉管理员。"),
}


class CannotRender(DomainError):
    """No document came out. ``code`` is a ``DocumentError``."""


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a Django template that extends ``core/pdf_base.html``, made in a process apart: for requests.

    It takes 512 MB and 20 s at most (about a thousand rows of a table) and a second more than ``render_batch_pdf``.
    Text of users reaches it through the template's escaping only. Whatever the page refers to is ignored unless it
    is a ``data:`` address or one of ``core.paper.STATIC_FILES``, written ``static:pdf/base.css``.
    Raises ``CannotRender``.
    """
    with tempfile.TemporaryFile() as page:
        page.write(render_to_string(template, dict(context)).encode())
        page.flush()
        page.seek(0)
        try:
            return answer_of("core.apart.rendering", page)[1]
        except Declined as missing:
            raise CannotRender(DocumentError.ENGINE_MISSING) from missing
        except Stopped as stopped:
            broke = stopped.fate is Fate.BROKE
            raise CannotRender(DocumentError.BROKE if broke else DocumentError.TOO_LONG) from stopped


def render_batch_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """As ``render_pdf``, in this process: for the long documents of a worker, which has limits of its own."""
    try:
        from core import paper  # here, not above: a machine without Pango still runs everything else
    except OSError as missing:
        raise CannotRender(DocumentError.ENGINE_MISSING) from missing
    return paper.pdf_of(render_to_string(template, dict(context)))
