"""Photographs: decoded and written anew, so that nothing but the picture is left (TRUST.md L8, U2)."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from core.apart.child import Declines
from core.files import limits
from core.files.codes import Unfit

_FORMATS = ("JPEG", "PNG")
_QUALITY = 90
_DEEP = ("I", "I;16", "I;16L", "I;16B", "F")  # more than eight bits a pixel


def rewritten(file: BinaryIO) -> tuple[str, bytes]:
    """("jpeg" or "png", the picture upright as people see it, without position, comments or a tail)."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = limits.PIXELS
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            kind, (width, height) = str(picture.format), picture.size
            if width * height > limits.PIXELS:
                raise _too_many(width, height)
            return kind.lower(), _written(picture, kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise Declines(Unfit.TOO_MANY_PIXELS, limit=limits.PIXELS // 10_000, actual=0) from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as damaged:
        raise Declines(Unfit.DAMAGED) from damaged


def _written(picture: Image.Image, kind: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in _DEEP:
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    wanted = _mode(upright, kind)
    plain = upright if upright.mode == wanted else upright.convert(wanted)
    plain.info.clear()  # profile, comment, text, position, thumbnails
    content = io.BytesIO()
    plain.save(content, kind, quality=_QUALITY) if kind == "JPEG" else plain.save(content, kind)
    return content.getvalue()


def _mode(picture: Image.Image, kind: str) -> str:
    if picture.mode in ("L", "1"):
        return "L"
    sees_through = kind == "PNG" and (picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info)
    return "RGBA" if sees_through else "RGB"


def _too_many(width: int, height: int) -> Declines:
    return Declines(Unfit.TOO_MANY_PIXELS, limit=limits.PIXELS // 10_000, actual=width * height // 10_000)
