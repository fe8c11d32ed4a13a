"""U6: a scanner that finds, and one that is stopped, slow, over its limit or none at all. Never "clean" by silence.

The scanner is a real server that speaks clamd's INSTREAM and looks into zips, as clamd does.
"""

import io
import socketserver
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.enums import Role
from core.files.codes import Unfit
from core.files.refusals import CannotTake
from core.models import Attachment, AuditEntry
from members.models import ProfileChange
from tests.cast import MEMBER, make_cast
from tests.core import files as f
from tests.core import hostile as h
from tests.core.papers import stored, take
from tests.processes import free_port
from tests.trust.scene import fields_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
# In two parts: no scanner of a developer's machine takes this file for one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Signature"


class Line(socketserver.BaseRequestHandler):
    """One file: read whole, then answered as ``server.answer`` says. Or a ping."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            self.request.settimeout(30)
            if (asked := self._exactly(6)) == b"zPING\0":
                return self.server.answer(self.request, b"PING")
            assert asked + self._exactly(4) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack(">L", self._exactly(4))[0]:
                content += self._exactly(size)
                if len(content) > self.server.limit:
                    return self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            self.server.scanned.append(content)
            self.server.answer(self.request, content)

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            if not (more := self.request.recv(size - len(got))):
                raise ConnectionError
            got += more
        return got


def verdict(line, content: bytes) -> None:
    line.sendall(f"stream: {NAME} FOUND\0".encode() if infected(content) else b"stream: OK\0")


def infected(content: bytes) -> bool:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(infected(archive.read(name)) for name in archive.namelist())
    return EICAR in content


def saying(*words: bytes) -> Callable:
    def say(line, content: bytes) -> None:
        for word in words:
            line.sendall(word)

    return say


def hangs(line, content: bytes) -> None:
    """Until the other side has enough."""
    with suppress(ConnectionError):
        line.recv(1)


def dribbles(line, content: bytes) -> None:
    """Always one more byte, never the end: no single wait is long."""
    with suppress(ConnectionError):
        while True:
            line.sendall(b" ")
            threading.Event().wait(0.05)


@contextmanager
def scanner(answer: Callable = verdict, *, kind=socketserver.ThreadingTCPServer, at=("127.0.0.1", 0), limit=25 << 20):
    with kind(at, Line) as server:
        server.daemon_threads, server.answer, server.limit, server.scanned = True, answer, limit, []
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@pytest.fixture
def configured(settings) -> Iterator:
    with scanner() as server:
        settings.CLAMD_URL = "tcp://{}:{}".format(*server.server_address)
        yield server


def refusal_of(person, media, content: bytes, name: str) -> CannotTake:
    with pytest.raises(CannotTake) as refused:
        take(person, content=content, name=name)
    assert not Attachment.objects.exists()
    assert stored(media) == []
    return refused.value


BESIDE_A_SHEET = {"xl/media/image1.png": EICAR}
IN_A_STREAM = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(EICAR), EICAR)
CARRIERS = {
    "plain": (b"a,b\n" + EICAR, "证明.csv", Unfit.INFECTED),
    "docx, in the text": (f.docx(word__notes_txt=EICAR), "说明.docx", Unfit.INFECTED),
    "docx, as a picture": (f.docx(word__media__image1_png=EICAR), "说明.docx", Unfit.INFECTED),
    "xlsx, as a picture": (h.packed(h.members() | BESIDE_A_SHEET), "名单.xlsx", Unfit.INFECTED),
    "behind a jpeg": (f.picture() + EICAR, "照片.jpg", Unfit.INFECTED),
    "behind a png": (f.picture("PNG") + EICAR, "截图.png", Unfit.INFECTED),
    "in a pdf": (f.hand_made_pdf(f.CATALOG, f.PAGES, f.PAGE, IN_A_STREAM), "申请.pdf", Unfit.INFECTED),
    "zip": (h.packed({"eicar.com": EICAR}), "a.zip", Unfit.NOT_ALLOWED),
    "zip called docx": (h.packed({"eicar.com": EICAR}), "说明.docx", Unfit.NOT_ALLOWED),
    "program": (EICAR, "eicar.com", Unfit.NOT_ALLOWED),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_carries_a_virus_is_refused(person, media, configured, carrier):
    content, name, code = CARRIERS[carrier]

    refused = refusal_of(person, media, content, name)

    assert refused.code is code
    assert (NAME in refused.message) is (code is Unfit.INFECTED)


@pytest.mark.parametrize("carrier", [carrier for carrier, (*_, code) in CARRIERS.items() if code is Unfit.INFECTED])
def test_control_without_a_scanner_it_gets_through(person, media, carrier):
    content, name, _code = CARRIERS[carrier]

    take(person, content=content, name=name)

    assert len(stored(media)) == 1


def test_a_clean_file_is_kept_and_was_seen_as_it_came(person, media, configured):
    sent = f.photo_with_position() + b"x" * (1 << 20)

    take(person, content=sent, name="照片.jpg")

    assert configured.scanned == [sent]
    assert len(stored(media)) == 1


def test_a_scanner_at_a_path_is_asked_too(person, media, settings, tmp_path):
    place = str(tmp_path / "clamd.ctl")
    settings.CLAMD_URL = f"unix://{place}"
    with scanner(kind=socketserver.ThreadingUnixStreamServer, at=place) as server:
        take(person)

        assert refusal_of_second(person, media).code is Unfit.INFECTED

    assert len(server.scanned) == 2


def refusal_of_second(person, media) -> CannotTake:
    with pytest.raises(CannotTake) as refused:
        take(person, content=EICAR)
    assert Attachment.objects.count() == len(stored(media)) == 1
    return refused.value


SILENT = {
    "slow": hangs,
    "dribbling": dribbles,
    "gone in the middle": saying(),
    "breaks off": saying(b"stream: OK"),
    "over its own limits": saying(b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0"),
    "an error": saying(b"stream: Can't allocate memory ERROR\0"),
    "not clamd": saying(b"HTTP/1.1 200 OK\r\n\r\n\0"),
    "endless": saying(b"x" * 100_000 + b"\0"),
    "two answers": saying(b"stream: OK\0stream: x FOUND\0"),
}


@pytest.mark.parametrize("silence", SILENT)
def test_no_verdict_is_no_clean_file(person, media, settings, caplog, silence):
    settings.CLAMD_TIMEOUT = 1 if SILENT[silence] in (hangs, dribbles) else 20
    with scanner(SILENT[silence]) as server:
        settings.CLAMD_URL = "tcp://{}:{}".format(*server.server_address)

        refused = refusal_of(person, media, b"a,b\n", "证明.csv")

    assert refused.code is Unfit.UNSCANNED
    assert "no verdict" in caplog.text


def test_a_file_beyond_the_scanners_stream_limit_is_refused(person, media, settings):
    with scanner(limit=1000) as server:
        settings.CLAMD_URL = "tcp://{}:{}".format(*server.server_address)

        assert refusal_of(person, media, b"a,b\n" * 1000, "证明.csv").code is Unfit.UNSCANNED


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:{}", "unix:///nowhere/clamd.ctl", "clamd", "tcp://127.0.0.1:x{}", "http://127.0.0.1"]
)
def test_a_scanner_that_is_not_there_lets_nothing_through(person, media, settings, address):
    settings.CLAMD_URL = address.format(free_port())

    assert refusal_of(person, media, b"a,b\n", "证明.csv").code is Unfit.UNSCANNED


def test_the_page_says_so_and_keeps_what_was_typed(media, settings):
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    user = make_cast().users[MEMBER]
    client = Client()
    client.force_login(user, "core.backends.StaffNumberBackend")
    path = "/members/me/change/"
    typed = dict(fields_of(client.get(path))) | {"title": "副教授", "reason": "评上职称"}

    answer = client.post(path, typed | {"papers": SimpleUploadedFile("证书.pdf", f.pdf())})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "病毒扫描服务暂不可用" in page
    assert "评上职称" in page
    assert not ProfileChange.objects.exists()
    assert stored(media) == []
    entry = AuditEntry.objects.get(action="core.request.access_refused")
    assert (entry.actor, entry.data["code"]) == (user, Unfit.UNSCANNED)


BANNER = "病毒扫描服务没有应答"


def first_page() -> str:
    client = Client()
    client.force_login(make_cast().users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    return client.get("/admin/").content.decode()


@pytest.mark.parametrize(("answer", "told"), [(saying(b"PONG\0"), False), (saying(b"what?\0"), True)])
def test_the_admins_first_page_says_when_the_scanner_does_not_answer(settings, answer, told):
    with scanner(answer) as server:
        settings.CLAMD_URL = "tcp://{}:{}".format(*server.server_address)

        assert (BANNER in first_page()) is told


@pytest.mark.parametrize(("address", "told"), [("", False), ("tcp://127.0.0.1:{}", True), ("clamd", True)])
def test_the_admins_first_page_says_when_the_scanner_is_not_there(settings, address, told):
    settings.CLAMD_URL = address.format(free_port())

    assert (BANNER in first_page()) is told
