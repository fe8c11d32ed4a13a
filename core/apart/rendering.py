"""``python -m core.apart.rendering FD``: one page of HTML becomes a PDF."""

from typing import Any, BinaryIO

from core.apart.child import Declines, serve

ENGINE_MISSING = "engine_missing"


def render(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    try:
        from core import paper
    except OSError as missing:
        raise Declines(ENGINE_MISSING) from missing
    return {}, paper.pdf_of(file.read().decode())


if __name__ == "__main__":
    serve(render)
