"""WeasyPrint with every door closed. Importing it needs Pango: go through ``core.documents``.

Without Django, so that a process apart can start with it in a second (``core.apart.rendering``).
"""

import mimetypes
import threading
from functools import lru_cache
from pathlib import Path

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

# The files that a document may use, under static/. Nothing else is ever read or fetched.
STATIC_FILES = frozenset({"pdf/base.css"})
_STATIC_FOLDER = Path(__file__).resolve().parents[1] / "static"
_STATIC = "static:"
# Pango's font map is not safe across threads, and one map per document would grow a worker to half a gigabyte.
_one_at_a_time = threading.Lock()


class AddressRefused(ValueError):
    """A document referred to something that no document may have."""


class ClosedFetcher(URLFetcher):
    """Lets ``data:`` and the named static files through; refuses every other address, redirects included."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers=None) -> URLFetcherResponse:
        if url.startswith(_STATIC):
            return _static_file(url)
        if not url.lower().startswith("data:"):
            raise AddressRefused("a document may not fetch this address")
        return super().fetch(url, headers)


def pdf_of(html: str) -> bytes:
    """The PDF of one HTML page. The address of the page is nowhere, so relative references lead nowhere."""
    with _one_at_a_time:
        page = HTML(string=html, base_url=None, url_fetcher=ClosedFetcher())
        return page.write_pdf(font_config=_fonts(), presentational_hints=False)


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


def _static_file(url: str) -> URLFetcherResponse:
    name = url.removeprefix(_STATIC)
    if name not in STATIC_FILES:
        raise AddressRefused("a document may not use this file")
    content = (_STATIC_FOLDER / name).read_bytes()
    return URLFetcherResponse(url, content, {"Content-Type": mimetypes.guess_type(name)[0]})
