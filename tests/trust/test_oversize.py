"""D1, ten megabytes: in a field, as a file, in a filter. A clear answer, and no memory kept."""

import gc
import logging
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from core.middleware import LONGEST_QUERY
from tests.matrix.table import Row
from tests.trust.forms import form_of
from tests.trust.scene import Pairs, encoded, text_of, who
from tests.trust.test_fuzz import READ, WRITTEN, name_of, trouble

MEGABYTE = 1024 * 1024
BIG = "9" * 10 * MEGABYTE
TIMES_OVER = 4  # how often the body may stand in memory at once: sent, received, decoded, and on its way between
URLENCODED = "application/x-www-form-urlencoded"


def is_refused(answer: HttpResponse) -> bool:
    """On a page in Chinese, with the reason."""
    return answer.status_code == 400 and "太大" in text_of(answer)


def grown(pairs: Pairs) -> Pairs:
    """The form with the first field that somebody fills blown up."""
    first = next((name for name, _ in pairs if name not in ("csrfmiddlewaretoken", "intent_key")), "x")
    return [(name, value) for name, value in pairs if name != first] + [(first, BIG)]


@contextmanager
def as_browsers_do(client: Client) -> Iterator[None]:
    """With the token looked for, as in production: so every form is read, that of a mere button too."""
    client.cookies |= SimpleCookie({settings.CSRF_COOKIE_NAME: "a" * 32})
    client.handler.enforce_csrf_checks = True
    try:
        yield
    finally:
        client.handler.enforce_csrf_checks = False


@pytest.mark.parametrize("row", WRITTEN, ids=name_of)
def test_ten_megabytes_in_a_field_are_refused(row, scene):
    with scene.undone(who(row, "POST", 200, 302)) as client:
        form = form_of(row, scene)
        pairs = grown(form.pairs)
        with as_browsers_do(client):
            answers = [
                client.generic("POST", form.path, encoded(pairs), URLENCODED),
                client.generic("POST", form.path, encode_multipart(BOUNDARY, dict(pairs)), MULTIPART_CONTENT),
            ]

    assert [trouble(answer) for answer in answers] == ["", ""]
    assert all(is_refused(answer) for answer in answers)


@pytest.mark.parametrize("row", WRITTEN, ids=name_of)
def test_file_of_ten_megabytes_is_no_error(row, scene):
    """Under the name of each field, asked for or not: taken, refused by the form, or left aside."""
    with scene.undone(who(row, "POST", 200, 302)) as client:
        form = form_of(row, scene)
        file = SimpleUploadedFile("名册.xlsx", b"9" * 10 * MEGABYTE)
        pairs = dict(form.pairs) | {form.pairs[-1][0] if form.pairs else "file": file}

        answer = client.generic("POST", form.path, encode_multipart(BOUNDARY, pairs), MULTIPART_CONTENT)

    assert trouble(answer) == ""
    assert answer.status_code < 500


@pytest.mark.parametrize("row", [row for row in READ if not row.label], ids=name_of)
def test_filter_of_ten_megabytes_is_refused_before_anything_reads_it(row, scene):
    """gunicorn ends a request line at 4 KB; what would come through in another server's hands is held too."""
    answer = scene.ask(who(row, "GET", 200), scene.path(row), [("q", BIG)])

    assert answer.status_code == 400


@pytest.mark.parametrize(("length", "status"), [(LONGEST_QUERY, 200), (LONGEST_QUERY + 1, 400)])
def test_longest_filter(length, status, scene):
    answer = scene.clients["member"].get("/", QUERY_STRING="q=" + "9" * (length - 2))

    assert answer.status_code == status


def memory_of(act) -> tuple[int, int]:
    """Bytes: the most at once, and what one more time leaves beyond the time before.

    What the first time loads is no growth; nor is the last request, which a test client may hold until the next one:
    a leak is what each further time adds.
    """
    tracemalloc.start()
    try:
        act()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        act()
        gc.collect()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before, after - before


def row_of(route: str, among: list[Row]) -> Row:
    return next(row for row in among if row.route == route and not row.label)


@pytest.fixture
def no_records() -> Iterator[None]:
    """pytest keeps log records, and requests in them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART_CONTENT])
@pytest.mark.usefixtures("no_records")
def test_ten_megabytes_leave_no_memory_behind(kind, scene):
    row = row_of("accounts/login/", WRITTEN)
    pairs = grown(form_of(row, scene).pairs)
    body = encoded(pairs) if kind == URLENCODED else encode_multipart(BOUNDARY, dict(pairs))

    def send() -> None:
        with scene.undone("anonymous") as client, as_browsers_do(client):
            assert is_refused(client.generic("POST", scene.path(row), body, kind))

    most, left = memory_of(send)

    assert most < TIMES_OVER * len(body)
    assert left < MEGABYTE


def test_control_without_the_limit_ten_megabytes_come_through(scene, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    row = row_of("accounts/login/", WRITTEN)
    with scene.undone("anonymous") as client:
        answer = client.generic("POST", scene.path(row), encoded([("login", BIG)]), URLENCODED)

    assert not is_refused(answer)
