"""A body is read to the end that was announced, or it is none, however the server hands it over."""

import gc
import io

import pytest
from django.core.exceptions import BadRequest
from django.test import Client

from core.uploads import WholeBodies

BODY = b"name=value\nmore=1"


class Dripping(io.BytesIO):
    """Gives fewer bytes than it is asked for, as a server may."""

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, 3))


def read_as(announced: str | None, body: io.BytesIO, ask):
    environ = {"wsgi.input": body} | ({} if announced is None else {"CONTENT_LENGTH": announced})
    return WholeBodies(lambda environ, start_response: ask(environ["wsgi.input"]))(environ, None)


@pytest.mark.parametrize("kind", [io.BytesIO, Dripping])
def test_a_whole_body_is_read_whole(kind):
    assert read_as(str(len(BODY)), kind(BODY), lambda body: body.read(len(BODY))) == BODY
    assert read_as(str(len(BODY)), kind(BODY), lambda body: body.read(4) + body.read(len(BODY) - 4)) == BODY
    assert read_as(str(len(BODY)), io.BytesIO(BODY), lambda body: [body.readline(99), body.readline(99)]) == [
        *(b"name=value\n", b"more=1")
    ]


@pytest.mark.parametrize("kind", [io.BytesIO, Dripping])
@pytest.mark.parametrize("came", [0, 1, 10, len(BODY) - 1])
def test_a_body_that_breaks_off_is_none(kind, came):
    with pytest.raises(BadRequest):
        read_as(str(len(BODY)), kind(BODY[:came]), lambda body: body.read(len(BODY)))


@pytest.mark.parametrize("announced", [None, "", "0", "-1", "x", "\u0661"])
def test_nothing_announced_is_nothing_to_wait_for(announced):
    assert read_as(announced, io.BytesIO(), lambda body: body.read(0)) == b""


def status_of_a_form(missing: int) -> int:
    """A form with one file of three megabytes; its last ``missing`` bytes never come."""
    head = '--x\r\nContent-Disposition: form-data; name="papers"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    form = head.encode() + b"x" * (3 << 20) + b"\r\n--x--\r\n"
    came = io.BytesIO(form[: len(form) - missing])
    told = {"CONTENT_LENGTH": str(len(form)), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    body = WholeBodies(lambda environ, start_response: environ["wsgi.input"])(told | {"wsgi.input": came}, None)
    return Client().generic("POST", "/accounts/login/", **told | {"wsgi.input": body}).status_code


@pytest.mark.django_db
@pytest.mark.parametrize(("missing", "status"), [(0, 200), (20, 400), (2 << 20, 400)])
def test_a_body_leaves_no_file_whether_it_breaks_off_or_not(settings, tmp_path, missing, status):
    """Without the garbage collector: on a quiet server it may not come for hours."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    gc.disable()
    try:
        assert status_of_a_form(missing) == status
        assert list(tmp_path.iterdir()) == []
    finally:
        gc.enable()
