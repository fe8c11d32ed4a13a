"""Paper: a template becomes a PDF as people know it, with Chinese fonts, fetching nothing (TRUST.md L8, 5.2 U5)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class DocumentError(StrEnum):
    """Why a document could not be made."""

    ENGINE_MISSING = "document_engine_missing"

    @property
    def label(self) -> str:
        return str(_("本机缺少生成 PDF 的系统库（Pango），请让管理员按启动时的提示安装。"))


class CannotRender(DomainError):
    """No document came out. ``code`` is a ``DocumentError``."""


def render_pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a Django template that extends ``core/pdf_base.html``.

    Text of users reaches it through the template's escaping only. Whatever the page refers to is ignored unless it
    is a ``data:`` address or one of ``core.paper.STATIC_FILES``, written ``static:pdf/base.css``.
    Raises ``CannotRender`` where the system libraries are missing.
    """
    try:
        from core import paper  # here, not above: a machine without Pango still runs everything else
    except OSError as missing:
        raise CannotRender(DocumentError.ENGINE_MISSING) from missing
    return paper.pdf_of(render_to_string(template, dict(context)))
