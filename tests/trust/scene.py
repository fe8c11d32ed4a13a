"""The cast signed in, everything that the matrix knows, and the forms of its pages as a browser would send them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.cast import ACTORS, Cast, make_cast
from tests.matrix.table import STRANGERS, Row
from tests.matrix.test_matrix import path_of

Pairs = list[tuple[str, str | bytes]]


@dataclass
class Scene:
    cast: Cast
    clients: dict[str, Client]

    def ask(self, actor: str, path: str, pairs: Pairs = (), *, post: bool = False, **extra) -> HttpResponse:  # type: ignore[assignment]
        """One request whose changes are undone, cookies included."""
        with self.undone(actor) as client:
            if not post:
                return client.get(f"{path}?{encoded(pairs).decode()}" if pairs else path, **extra)
            return client.generic("POST", path, encoded(pairs), "application/x-www-form-urlencoded", **extra)

    def path(self, row: Row) -> str:
        return path_of(row, self.cast)

    @contextmanager
    def undone(self, actor: str) -> Iterator[Client]:
        client = self.clients[actor]
        cookies = client.cookies.copy()
        point = transaction.savepoint()
        try:
            yield client
        finally:
            transaction.savepoint_rollback(point)
            transaction.savepoint_commit(point)  # released: what comes next does not nest in it
            client.cookies = cookies


def make_scene() -> Scene:
    """To be called inside a transaction that is undone."""
    cast = make_cast()
    clients = {}
    for actor in ACTORS:
        clients[actor] = Client(raise_request_exception=False)
        if cast.users[actor]:
            clients[actor].force_login(cast.users[actor], "core.backends.StaffNumberBackend")
            clients[actor].get("/health/")  # what the first request of a session writes is written
    return Scene(cast, clients)


def encoded(pairs: Pairs) -> bytes:
    """As a form sends it, with what no browser would send: lone surrogates and broken UTF-8."""
    return urlencode([(_bytes(name), _bytes(value)) for name, value in pairs]).encode()


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def who(row: Row, method: str, *statuses: int) -> str | None:
    """The first actor of the cast whom the matrix promises one of ``statuses``; strangers only where nobody else."""
    promised = row.get if method == "GET" else row.post
    order = sorted(ACTORS, key=lambda actor: actor in STRANGERS)
    return next((actor for actor in order if promised[actor] in statuses), None)


class _Fields(HTMLParser):
    """Names and values of the last form that is posted to its own page."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.inside = False
        self.select = self.area = ""
        self.chosen: list[str] = []
        self.first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            if given.get("method", "").lower() == "post" and "logout" not in given.get("action", ""):
                self.inside, self.pairs = True, []
        elif not self.inside:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("submit", "button", "file", "image") or (
                kind in ("checkbox", "radio") and "checked" not in given
            ):
                return
            self.pairs.append((name, given.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self.select, self.chosen, self.first = name, [], None
        elif tag == "option" and self.select:
            if self.first is None:
                self.first = given.get("value", "")
            if "selected" in given:
                self.chosen.append(given.get("value", ""))
        elif tag == "textarea":
            self.area = name
            self.pairs.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            name, before = self.pairs[-1]
            self.pairs[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select" and self.select:
            chosen = self.chosen or ([self.first] if self.first is not None else [])
            self.pairs += [(self.select, value) for value in chosen]
            self.select = ""


def fields_of(page: HttpResponse) -> list[tuple[str, str]]:
    """What a browser would post from this page if nothing were changed."""
    found = _Fields()
    found.feed(page.content.decode(errors="replace"))
    return [(name, value.lstrip("\n")) for name, value in found.pairs if name]


def text_of(response: HttpResponse) -> str:
    """The whole body, streamed or not, as text."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return body.decode(errors="replace")
