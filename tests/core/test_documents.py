"""Documents: Chinese that can be read and searched, fonts inside, and no address ever fetched (TRUST.md 5.2 U5)."""

import io
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject
from weasyprint import HTML

import core
from core import paper
from core.apart import asking, process
from core.documents import CannotRender, DocumentError, render_batch_pdf, render_pdf

# {} becomes an address; each of these makes WeasyPrint's own fetcher ask for it.
HOSTILE = {
    "image": '<img src="{}">',
    "stylesheet": '<link rel="stylesheet" href="{}">',
    "import": "<style>@import url({});</style>",
    "import in a data: stylesheet": '<link rel="stylesheet" href="data:text/css,@import url({});">',
    "background": "<p style='background: url({})'>x</p>",
    "content": "<style>p::before {{ content: url({}) }}</style><p>x</p>",
    "list marker": "<ul style='list-style-image: url({})'><li>x</li></ul>",
    "font": "<style>@font-face {{ font-family: x; src: url({}) }}</style><p style='font-family: x'>x</p>",
    "attachment of the document": '<link rel="attachment" href="{}">',
    "attachment behind a link": '<a rel="attachment" href="{}">x</a>',
    "object": '<object data="{}"></object>',
    "embed": '<embed src="{}">',
    "drawing": '<svg width="9" height="9"><image width="9" height="9" href="{}"/></svg>',
    "drawing in a data: image": """<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' \
height='9'%3E%3Cimage width='9' height='9' href='{}'/%3E%3C/svg%3E">""",
    "base": '<base href="{}"><img src="x.png">',
}


@contextmanager
def counting_server():
    """A web server on this machine; yields its address and the list of paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_no_address_in_a_page_is_fetched(kind):
    with counting_server() as (address, asked):
        paper.pdf_of(HOSTILE[kind].format(address))

        assert asked == []


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_control_the_default_fetcher_does_fetch_it(kind):
    with counting_server() as (address, asked):
        HTML(string=HOSTILE[kind].format(address)).write_pdf()

        assert asked


@pytest.mark.parametrize("rel", ['<link rel="attachment" href="{}">', '<a rel="attachment" href="{}">x</a>'])
def test_no_file_of_this_machine_is_embedded(rel):
    page = rel.format("file:///etc/passwd")

    assert not any(b"root:" in stream for stream in streams(paper.pdf_of(page)))
    assert any(
        b"root:" in stream for stream in streams(HTML(string=page).write_pdf())
    )  # control: the default embeds it


def streams(pdf: bytes) -> list[bytes]:
    """The unpacked data of everything in the file."""
    reader = PdfReader(io.BytesIO(pdf))
    objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    return [found.get_data() for found in objects if isinstance(found, StreamObject)]


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.edu.cn/",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://127.0.0.1/",
        "//127.0.0.1/x",
        "/etc/passwd",
        "static:../union_site/settings.py",
        "static:pdf/../../manage.py",
        "static:/etc/passwd",
        "static:portal/portal.css",  # there, but not named
        "static:",
        "jar:file:///etc/passwd",
        " file:///etc/passwd",
        "",
    ],
)
def test_fetcher_refuses_every_address_that_is_not_named(address):
    with pytest.raises(paper.AddressRefused):
        paper.ClosedFetcher().fetch(address)


def test_fetcher_gives_data_and_the_named_files():
    fetcher = paper.ClosedFetcher()

    assert fetcher.fetch("data:text/plain,x").read() == b"x"
    assert b"@page" in fetcher.fetch("static:pdf/base.css").read()


def test_presentational_hints_are_off():
    with counting_server() as (address, asked):
        page = f'<body background="{address}">x</body>'
        paper.pdf_of(page)
        assert asked == []

        HTML(string=page).write_pdf(presentational_hints=True)
        assert asked  # control: with hints the attribute fetches


class Place:
    """Just enough of a branch for the template."""

    name = "纺织学院分工会"


class Person:
    staff_no, name, get_sex_display, title, remark = "1900001", "龚红燕", "女", "教授", ""


class Row:
    member, joined_on = Person, None


def roll(rows: int, **person) -> bytes:
    return rolls([person] * rows)


def rolls(people: list[dict]) -> bytes:
    rows = [type("Row", (Row,), {"member": type("Person", (Person,), person)})() for person in people]
    return render_pdf("members/roll_pdf.html", {"branch": Place, "on": None, "rows": rows})


def test_chinese_text_can_be_extracted_and_its_fonts_are_embedded():
    pdf = PdfReader(io.BytesIO(roll(1)))

    text = pdf.pages[0].extract_text()
    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    descendants = [font["/DescendantFonts"][0].get_object() for font in fonts]

    assert all(word in text for word in ["分工会会员名册", "纺织学院分工会", "龚红燕", "教授", "填表人"])
    assert {str(font["/BaseFont"]).partition("+")[2] for font in fonts} >= {"Noto-Serif-CJK-SC", "Noto-Sans-CJK-SC"}
    assert all("/FontFile3" in font["/FontDescriptor"] for font in descendants)


def test_every_page_repeats_heading_and_column_names_and_counts_itself():
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(roll(70))).pages]

    assert len(pages) == 3
    for number, text in enumerate(pages, start=1):
        assert f"第 {number} 页 共 3 页" in text
        assert all(word in text for word in ["纺织学院分工会", "序号", "工号", "入会日期", "备注"])
    assert ["填表人" in text for text in pages] == [False, False, True]


def test_text_of_a_person_is_text_and_nothing_else():
    with counting_server() as (address, asked):
        pdf = roll(1, remark=f'<img src="{address}">', name="<b>张</b>")

        assert asked == []
    assert "<b>张</b>" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_fonts_are_gathered_once_for_all_documents():
    paper.pdf_of("<p>一</p>")
    fonts = paper._fonts()

    paper.pdf_of("<p>二</p>")

    assert paper._fonts() is fonts


class NoPango:
    """What an import sees on a machine without the system library."""

    def find_spec(self, name, path=None, target=None):
        if name == "core.paper":
            raise OSError("cannot load library 'libpango-1.0-0'")


def test_machine_without_the_libraries_refuses_with_a_reason(monkeypatch):
    monkeypatch.delitem(sys.modules, "core.paper")
    monkeypatch.delattr(core, "paper")
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])

    with pytest.raises(CannotRender) as refused:
        render_batch_pdf("core/pdf_base.html", {})

    assert refused.value.code is DocumentError.ENGINE_MISSING
    assert "Pango" in refused.value.message


NO_PANGO = """
import sys
class NoPango:
    def find_spec(self, name, path=None, target=None):
        if name == "core.paper":
            raise OSError("cannot load library")
sys.meta_path.insert(0, NoPango())
"""


def apart_after(monkeypatch, first: str) -> None:
    """Let the rendering process run ``first`` before its work."""
    work = "from core.apart.child import serve\nfrom core.apart.rendering import render\nserve(render)"
    asking.end_all()
    monkeypatch.setattr(process, "command_of", lambda module: [sys.executable, "-c", f"{first}\n{work}"])


def test_machine_without_the_libraries_refuses_in_a_request_too(monkeypatch):
    apart_after(monkeypatch, NO_PANGO)

    with pytest.raises(CannotRender) as refused:
        roll(1)

    assert refused.value.code is DocumentError.ENGINE_MISSING
