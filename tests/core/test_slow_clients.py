"""U8: requests that never end, against the real server. What it cannot do by itself is the proxy's (README).

The web server has eight threads a process. A client who says nothing holds one for five seconds, one who stops in
the middle of a request for as long as he likes, so up to seven of those stop nobody else.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from django.test import Client

from core.models import Attachment, User
from core.uploads import REQUEST
from members.models import Member, ProfileChange
from tests.cast import MEMBER, make_cast
from tests.processes import Process, eventually, free_port
from tests.trust.scene import fields_of
from union_site.launch import programs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
FORM = "/members/me/change/"
THREADS = int(programs.web("")[programs.web("").index("--threads") + 1])
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
START = b'--x\r\nContent-Disposition: form-data; name="papers"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'


class Server:
    """Our web server under the shipped command, or a smaller one."""

    def __init__(self, processes, **smaller: int) -> None:
        self.port = free_port()
        command = programs.web(f"127.0.0.1:{self.port}")
        for option, value in smaller.items():
            command[command.index(f"--{option}") + 1] = str(value)
        self.temporary: Path = processes.folder / "tmp"
        self.temporary.mkdir()
        processes.env |= {"TMPDIR": str(self.temporary)}
        self.process: Process = processes.python("-m", *command)
        eventually(lambda: self.answers(), "the server answers")

    def answers(self, within: float = 60) -> bool:
        """Whether a page comes; ``within`` seconds ends the waiting where none is expected."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=within)
        try:
            line.request("GET", "/accounts/login/")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()

    def line(self, start: bytes = b"") -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), 60)
        line.sendall(start)
        return line


@pytest.fixture
def server(processes) -> Server:
    return Server(processes)


@pytest.fixture
def user() -> User:
    return make_cast().users[MEMBER]


def head(length: int, cookies: str = "csrf=" + "a" * 32, path: str = "/accounts/login/") -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookies}", f"Content-Type: {MULTIPART}")
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def signed_in(user: User) -> tuple[str, bytes]:
    """Cookies and token as a browser sends them, and the form filled in, but for its file."""
    client = Client()
    client.force_login(user, "core.backends.StaffNumberBackend")
    fields = dict(fields_of(client.get(FORM))) | {"title": "副教授", "reason": "评上职称"}
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = "".join(part.format(name, value) for name, value in fields.items())
    return f"{cookies}\r\nX-CSRFToken: {fields['csrfmiddlewaretoken']}", parts.encode()


@contextmanager
def slow_clients(server: Server, starts: list[bytes]) -> Iterator[None]:
    """That many, each stopped behind what he began with."""
    with ExitStack() as lines:
        for start in starts:
            lines.enter_context(server.line(start))
        yield


BEGUN = {
    "nothing": b"",
    "half a line": b"GET /accounts/log",
    "half the headers": b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "no body": head(1000),
    "half a file": head(1 << 20) + START + b"a,b\n" * 1000,
}


def test_fewer_slow_clients_than_threads_stop_nobody(server):
    for kind, begun in BEGUN.items():  # one after the other at one server: starting it is what takes long
        with slow_clients(server, [begun] * (THREADS - 1)):
            assert all(server.answers() for _ in range(10)), kind


def test_more_clients_than_threads_who_say_nothing_stop_nobody(processes):
    server = Server(processes, workers=1, threads=2)

    with slow_clients(server, [b""] * 6):
        assert server.answers()


def test_control_as_many_as_threads_do_stop_others(processes):
    """Why the proxy has to take the whole request before it passes it on; when they are gone all is well again."""
    server = Server(processes, workers=1, threads=2)

    with slow_clients(server, [BEGUN["half a file"]] * 2):
        assert not server.answers(within=2)

    assert server.answers()


SENT = {"nothing": b"", "its head": START, "some": START + b"a,b\n" * 1000, "three MB": START + b"x" * (3 << 20)}


@pytest.mark.parametrize("kind", SENT)
def test_an_upload_that_breaks_off_leaves_nothing(server, user, kind):
    cookies, fields = signed_in(user)
    with server.line(head(8 << 20, cookies, FORM) + fields + SENT[kind]):
        pass

    assert server.answers()
    eventually(lambda: not list(server.temporary.glob("*.upload*")), "temporary files are gone")
    server.process.says("the body breaks off")
    assert not Attachment.objects.exists()
    assert not ProfileChange.objects.exists()  # it was one once, without its file
    assert "Internal Server Error" not in server.process.said


def test_a_form_that_breaks_off_is_none(server, user):
    """Half a telephone number would be one."""
    cookies, _fields = signed_in(user)
    whole = b"phone=13812345678&email=someone@example.org"
    told = head(len(whole), cookies, "/members/me/contact/").replace(MULTIPART.encode(), URLENCODED)
    with server.line(told + whole[:14]):
        pass

    server.process.says("the body breaks off")
    assert not Member.objects.filter(phone__startswith="138").exists()


def test_control_the_same_upload_sent_to_its_end_is_taken(server, user):
    cookies, fields = signed_in(user)
    body = fields + SENT["some"] + b"\r\n--x--\r\n"

    with server.line(head(len(body), cookies, FORM) + body) as line:
        answer = HTTPResponse(line)
        answer.begin()

    assert answer.status == 302
    assert Attachment.objects.count() == ProfileChange.objects.count() == 1


def test_a_request_that_says_it_is_too_large_is_not_waited_for(server):
    with server.line(head(REQUEST + 1) + START) as line:
        answer = HTTPResponse(line)
        answer.begin()

        assert answer.status == 400
        assert "太大" in answer.read().decode()
    assert list(server.temporary.glob("*.upload*")) == []


def test_a_body_without_its_length_is_no_upload(server, user):
    """Chunked: the length that nobody said is not believed to be small; nothing is kept."""
    cookies, _fields = signed_in(user)
    told = head(0, cookies, FORM).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    with server.line(told + b"ffffff\r\n" + START + b"x" * 1000) as line:
        line.shutdown(socket.SHUT_WR)
        line.recv(100)

    assert server.answers()
    assert not Attachment.objects.exists()
