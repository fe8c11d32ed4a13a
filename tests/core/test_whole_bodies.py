"""A body is read to the end that was announced, or it is none, however the server hands it over."""

import io

import pytest
from django.core.exceptions import BadRequest

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
