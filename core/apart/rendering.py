"""``python -m core.apart.rendering FD``: a page of HTML becomes a PDF."""

import contextlib
from typing import Any, BinaryIO

from core.apart.child import Declines, serve

ENGINE_MISSING = "engine_missing"


def render(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    try:
        from core import paper
    except OSError as missing:
        raise Declines(ENGINE_MISSING) from missing
    return {}, paper.pdf_of(file.read().decode())


def first() -> None:
    """WeasyPrint takes a second to import. Fonts are left to the fork: Pango looks for them in threads."""
    with contextlib.suppress(OSError):
        from core import paper  # noqa: F401


if __name__ == "__main__":
    serve(render, first=first)
