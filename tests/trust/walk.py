"""What each actor gets to see: every page of the matrix, and on from there by the links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from django.http import HttpResponse
from pypdf import PdfReader

from tests.trust.canaries import tidy
from tests.trust.scene import text_of

_LINK = re.compile(r'(?:href|src|action)="([^"]*)"')
_OUTSIDE = ("/static/", "/accounts/logout/")


@dataclass(frozen=True)
class Page:
    """One answer: its words with the headers, the addresses in it, and the body as it came."""

    actor: str
    path: str
    status: int
    words: str
    addresses: str
    body: str


def pages_of(actor: str, client, starts: list[str], *, most: int) -> Iterator[Page]:
    """Each of ``starts``, then what they link to, at most ``most`` more; an address counts once however it is
    sorted or paged."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < most + len(starts):
        path = waiting.pop(0)
        shape = _shape(path)
        if shape in seen:
            continue
        seen.add(shape)
        response = client.get(path)
        page = read(actor, path, response)
        yield page
        if most:
            waiting += [urljoin(path, link) for link in page.addresses.split() if _is_ours(urljoin(path, link))]


def read(actor: str, path: str, response: HttpResponse) -> Page:
    kind = response.get("Content-Type", "")
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = "\n".join(f"{key}: {unquote(m.value)}" for key, m in response.cookies.items() if key == "messages")
    if "pdf" in kind:
        body = _words_of(b"".join(response.streaming_content) if response.streaming else response.content)  # type: ignore[attr-defined]
    else:
        body = tidy(text_of(response))
    links = [unescape(link) for link in _LINK.findall(body)] + [response.get("Location", "")]
    words = f"{headers}\n{cookies}\n{unescape(_LINK.sub('', body))}"
    return Page(actor, path, response.status_code, words, "\n".join(map(unquote, links)), body)


def _words_of(pdf: bytes) -> str:
    document = PdfReader(BytesIO(pdf))
    about = "\n".join(f"{name} {value}" for name, value in (document.metadata or {}).items())
    return "\n".join([about, *(page.extract_text() for page in document.pages)])


def _is_ours(path: str) -> bool:
    return path.startswith("/") and not path.startswith(_OUTSIDE)


def _shape(path: str) -> tuple:
    parts = urlsplit(path)
    return parts.path, tuple(sorted(parse_qs(parts.query, keep_blank_values=True)))
