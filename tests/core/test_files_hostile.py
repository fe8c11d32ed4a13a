"""U1-U4: files that people hand in, each kind once, each with its expected answer."""

import io
import os
import resource
import tempfile

import pytest
from PIL import Image

from core.enums import FileKind as K
from core.files import limits, pdfs
from core.files.codes import Unfit as F
from core.files.judging import judged
from core.files.office import reaches_out
from core.files.refusals import CannotTake
from core.spreadsheets.codes import Unreadable as U
from tests.core import files as f
from tests.core import hostile as h

EXTERNAL = ' TargetMode="External"'
TEMPLATE = h.relations(("attachedTemplate", "http://127.0.0.1/x.dotm"), mode=EXTERNAL)
ELSEWHERE = h.relations(("officeDocument", "xl/other.xml"))
LINK = h.relations(("hyperlink", "http://127.0.0.1/"), mode=EXTERNAL)

SOUND = {
    "jpeg": (f.picture, "照片.jpg", K.JPEG),
    "jpeg, other ending": (f.picture, "照片.JPEG", K.JPEG),
    "grey jpeg": (lambda: f.picture(mode="L"), "照片.jpg", K.JPEG),
    "cmyk jpeg": (lambda: f.picture(mode="CMYK", color=(1, 2, 3, 4)), "照片.jpg", K.JPEG),
    "progressive jpeg": (lambda: f.picture(progressive=True), "照片.jpg", K.JPEG),
    "png called jpg": (lambda: f.picture("PNG"), "照片.jpg", K.PNG),
    "png": (lambda: f.picture("PNG"), "截图.png", K.PNG),
    "png to see through": (lambda: f.picture("PNG", mode="RGBA", color=(1, 2, 3, 4)), "截图.png", K.PNG),
    "16 bit png": (lambda: f.picture("PNG", mode="I;16", color=40_000), "截图.png", K.PNG),
    "one bit png": (lambda: f.picture("PNG", mode="1"), "截图.png", K.PNG),
    "palette png": (lambda: f.picture("PNG", mode="P", color=3), "截图.png", K.PNG),
    "moving png": (f.moving_png, "截图.png", K.PNG),
    "25 megapixels": (lambda: f.picture("PNG", size=(5000, 5000), mode="L"), "截图.png", K.PNG),
    "pdf": (f.pdf, "申请.pdf", K.PDF),
    "pdf, last page allowed": (lambda: f.many_pages(500), "申请.PDF", K.PDF),
    "xlsx": (h.plain, "名单.xlsx", K.XLSX),
    "docx": (f.docx, "说明.docx", K.DOCX),
    "docx with a link": (lambda: f.docx(word___rels__x_rels=LINK), "说明.docx", K.DOCX),
    "docx with page numbers": (lambda: f.docx(f.field("PAGE")), "说明.docx", K.DOCX),
    "csv": (lambda: "姓名,金额\n张,1\n".encode("gb18030"), "名单.csv", K.CSV),
}
NOT_ALLOWED = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "图.png"),
    "html": (b"<!doctype html><script>1</script>", "图.jpg"),
    "html as csv": (b"<html></html>", "名单.csv"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(99), "照片.jpg"),
    "gif": (b"GIF89a" + bytes(99), "图.png"),
    "bmp": (b"BM" + bytes(99), "图.png"),
    "tiff": (b"II*\0" + bytes(99), "图.jpg"),
    "webp": (b"RIFF\x99\0\0\0WEBP" + bytes(99), "图.jpg"),
    "fits": (b"SIMPLE  =                    T" + bytes(99), "图.jpg"),
    "psd": (b"8BPS\0\1" + bytes(99), "图.png"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), "图.jpg"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "图.jpg"),
    "font": (b"OTTO" + bytes(99), "图.jpg"),
    "icon": (b"\0\0\1\0\1\0" + bytes(99), "图.png"),
    "video": (b"\0\0\0\x18ftypmp42" + bytes(99), "图.jpg"),
    "program": (b"MZ\x90\0" + bytes(99), "说明.docx"),
    "elf": (b"\x7fELF" + bytes(99), "a.csv"),
    "zip": (h.packed({"a.txt": b"x"}), "说明.docx"),
    "rar": (b"Rar!\x1a\x07\0", "说明.docx"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "说明.docx"),
    "gzip": (b"\x1f\x8b\x08\0", "a.csv"),
    "old word": (h.ole("WordDocument"), "说明.docx"),
    "old excel renamed": (h.ole("Workbook"), "名单.xlsx"),
    "xlsb renamed": (h.packed({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}), "名单.xlsx"),
    "ods renamed": (h.packed({"mimetype": b"x", "content.xml": b"<x/>"}), "名单.xlsx"),
    "text": (b"hello", "说明.docx"),
    "one byte": (b"x", "照片.jpg"),
    "utf-16": ("姓名".encode("utf-16"), "名单.csv"),
    "shell script": (b"#!/bin/sh\n", "x.sh"),
}
WRONG_NAMES = {
    "pdf as jpg": (f.pdf, "照片.jpg"),
    "pdf as program": (f.pdf, "申请.pdf.exe"),
    "jpeg as pdf": (f.picture, "申请.pdf"),
    "jpeg as program": (f.picture, "照片.jpg.exe"),
    "jpeg as page": (f.picture, "照片.html"),
    "xlsx as docx": (h.plain, "名单.docx"),
    "docx as xlsx": (f.docx, "说明.xlsx"),
    "no ending": (f.picture, "照片"),
    "ending only": (f.picture, ".jpg"),
}
BAD = {
    "truncated jpeg": (lambda: f.picture(size=(400, 300))[:-400], "照片.jpg", F.DAMAGED),
    "truncated png": (lambda: f.picture("PNG", size=(400, 300))[:-40], "截图.png", F.DAMAGED),
    "head of a jpeg": (lambda: b"\xff\xd8\xff\xe0" + bytes(99), "照片.jpg", F.DAMAGED),
    "jpeg head, page behind": (lambda: b"\xff\xd8\xff<script>alert(1)</script>", "照片.jpg", F.DAMAGED),
    "png head, page behind": (lambda: b"\x89PNG\r\n\x1a\n<html>", "截图.png", F.DAMAGED),
    "broken chunk": (lambda: f.picture("PNG").replace(b"IDAT", b"IDAS"), "截图.png", F.DAMAGED),
    "over 25 megapixels": (lambda: f.pixel_flood(5001, 5000), "截图.png", F.TOO_MANY_PIXELS),
    "169 megapixels": (lambda: f.pixel_flood(13_000, 13_000), "截图.png", F.TOO_MANY_PIXELS),
    "pixel flood": (lambda: f.pixel_flood(100_000, 100_000), "截图.png", F.TOO_MANY_PIXELS),
    "pdf script": (f.scripted_pdf, "申请.pdf", F.ACTIVE_CONTENT),
    "pdf script, escaped": (f.escaped_script, "申请.pdf", F.ACTIVE_CONTENT),
    "pdf script, packed": (f.script_in_an_object_stream, "申请.pdf", F.ACTIVE_CONTENT),
    "pdf script, in no table": (lambda: f.pdf() + b"9 0 obj << /S /JavaScript >> endobj", "a.pdf", F.ACTIVE_CONTENT),
    "pdf launch": (lambda: f.pdf_with_action("Launch", F="cmd.exe"), "申请.pdf", F.ACTIVE_CONTENT),
    "pdf other file": (lambda: f.pdf_with_action("GoToR", F="x.pdf"), "申请.pdf", F.ACTIVE_CONTENT),
    "pdf sends": (lambda: f.pdf_with_action("SubmitForm", F="http://127.0.0.1"), "申请.pdf", F.ACTIVE_CONTENT),
    "pdf with a file": (f.pdf_with_file, "申请.pdf", F.ACTIVE_CONTENT),
    "pdf with a password": (f.locked_pdf, "申请.pdf", F.ENCRYPTED),
    "pdf of 501 pages": (lambda: f.many_pages(501), "申请.pdf", F.TOO_MANY_PAGES),
    "pdf of 50,000 pages": (lambda: f.many_pages(50_000), "申请.pdf", F.TOO_MANY_PAGES),
    "pdf in a circle": (f.endless_pages, "申请.pdf", F.DAMAGED),
    "pdf without pages": (lambda: f.hand_made_pdf(f.CATALOG, b"<< /Kids [] >>"), "申请.pdf", F.DAMAGED),
    "pdf deeply nested": (lambda: f.hand_made_pdf(f.CATALOG, f.PAGES, b"[" * 50_000), "申请.pdf", F.DAMAGED),
    "truncated pdf": (lambda: f.pdf()[:-200], "申请.pdf", F.DAMAGED),
    "head of a pdf": (lambda: b"%PDF-1.7\n", "申请.pdf", F.DAMAGED),
    "docx macros": (lambda: f.docx(word__vbaProject_bin=h.OLE), "说明.docx", U.MACROS),
    "docx object": (lambda: f.docx(word__embeddings__o_bin=h.OLE), "说明.docx", U.EMBEDDED_OBJECT),
    "docx activex": (lambda: f.docx(word__activeX__a_xml=b"<x/>"), "说明.docx", U.EMBEDDED_OBJECT),
    "docx page inside": (lambda: f.docx(word__afchunk_mht=b"x"), "说明.docx", U.EMBEDDED_OBJECT),
    "docx template elsewhere": (lambda: f.docx(word___rels__s_rels=TEMPLATE), "说明.docx", U.EXTERNAL_CONTENT),
    "docx dde": (lambda: f.docx(f.field("DDEAUTO c:\\\\windows\\\\cmd.exe")), "说明.docx", F.DYNAMIC_DATA),
    "docx dde in pieces": (lambda: f.docx(f.field(" DD", "EAU", "TO cmd")), "说明.docx", F.DYNAMIC_DATA),
    "docx dde, in capitals": (lambda: f.docx(WORD__b_XML=f.field("DDE cmd").encode()), "说明.docx", F.DYNAMIC_DATA),
    "docx dde, part elsewhere": (lambda: f.docx(x__b_bin=f.field("DDE cmd").encode()), "说明.docx", F.DYNAMIC_DATA),
    "docx template, in capitals": (lambda: f.docx(word___rels__s_RELS=TEMPLATE), "说明.docx", U.EXTERNAL_CONTENT),
    "docx entities": (lambda: f.docx(word__document_xml=h.DOCTYPE.encode() + b"<x/>"), "说明.docx", U.DOCTYPE),
    "docx bomb": (lambda: f.bomb(50), "说明.docx", U.EXPANDS_TOO_MUCH),
    "docx password": (lambda: h.ole("EncryptedPackage"), "说明.docx", U.ENCRYPTED),
    "docx slip": (lambda: f.docx(**{"..__x": b""}), "说明.docx", U.UNSAFE_MEMBER),
    "xlsx members": (lambda: h.packed(h.members(), more=f.members(2001)), "名单.xlsx", U.TOO_MANY_MEMBERS),
    "xlsx macros": (lambda: h.with_part("xl/vbaProject.bin", h.OLE), "名单.xlsx", U.MACROS),
    "xlsx other workbook": (lambda: h.with_part("xl/externalLinks/e.xml"), "名单.xlsx", U.EXTERNAL_CONTENT),
    "xlsx ole": (lambda: h.with_part("xl/embeddings/o.bin", h.OLE), "名单.xlsx", U.EMBEDDED_OBJECT),
    "xlsx dde": (lambda: f.formula("cmd|'/c calc'!A0"), "名单.xlsx", F.DYNAMIC_DATA),
    "xlsx fetches": (lambda: f.formula('WEBSERVICE("http://127.0.0.1/")'), "名单.xlsx", F.DYNAMIC_DATA),
    "xlsx links, in capitals": (lambda: h.with_part("xl/_rels/x.RELS", TEMPLATE), "名单.xlsx", U.EXTERNAL_CONTENT),
    "xlsx dde, in capitals": (lambda: f.in_capitals(f.formula("cmd|'/c calc'!A0")), "名单.xlsx", F.DYNAMIC_DATA),
    "xlsx, another workbook first": (lambda: h.with_part("_rels/.rels", ELSEWHERE), "名单.xlsx", U.DAMAGED),
    "csv nul": (lambda: b"a,b\0c", "名单.csv", U.NUL_BYTES),
    "csv no encoding": (lambda: b"\xff\xff\x80", "名单.csv", U.BAD_ENCODING),
    "empty": (lambda: b"", "照片.jpg", F.EMPTY),
    "over 10 MB": (lambda: bytes(10 * 2**20 + 1), "照片.jpg", F.TOO_LARGE),
}  # fmt: skip


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """Judge the content; assert that nothing stays in temp and that this process hardly grew."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def look(content: bytes, filename: str):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            return judged(io.BytesIO(content), filename=filename)
        finally:
            assert os.listdir(tmp_path) == []
            assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10 < 20 + 2 * (len(content) >> 20)

    return look


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_file_is_taken(judge, kind):
    build, filename, expected = SOUND[kind]
    content = build()

    found = judge(content, filename)

    assert found.kind is expected
    if expected in (K.JPEG, K.PNG):
        Image.open(io.BytesIO(found.content), formats=[expected.upper()]).load()
    else:
        assert found.content == content


@pytest.mark.parametrize("kind", NOT_ALLOWED)
def test_what_is_no_kind_of_ours_is_refused_by_its_content(judge, kind):
    content, filename = NOT_ALLOWED[kind]

    with pytest.raises(CannotTake) as refused:
        judge(content, filename)

    assert refused.value.code is F.NOT_ALLOWED
    assert filename in refused.value.message


@pytest.mark.parametrize("kind", WRONG_NAMES)
def test_a_name_that_says_something_else_is_refused(judge, kind):
    build, filename = WRONG_NAMES[kind]

    with pytest.raises(CannotTake) as refused:
        judge(build(), filename)

    assert refused.value.code is F.NAME_DOES_NOT_FIT


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused(judge, kind):
    build, filename, code = BAD[kind]

    with pytest.raises(CannotTake) as refused:
        judge(build(), filename)

    assert refused.value.code == code
    assert filename in refused.value.message


@pytest.mark.parametrize("build", [f.photo_with_position, f.png_with_text])
def test_nothing_but_the_picture_is_kept(judge, build):
    sent = build() + b"<script>CANARY-TAIL</script>"

    kept = judge(sent, "照片.jpg").content

    assert b"CANARY" in sent
    assert b"CANARY" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_sideways_photograph_is_kept_upright(judge):
    sent = f.photo_with_position()

    kept = judge(sent, "照片.jpg").content

    assert Image.open(io.BytesIO(sent)).size == (40, 30)
    assert Image.open(io.BytesIO(kept)).size == (30, 40)


def test_only_the_first_picture_of_a_moving_one_is_kept(judge):
    kept = Image.open(io.BytesIO(judge(f.moving_png(), "截图.png").content))

    assert getattr(kept, "n_frames", 1) == 1
    assert kept.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../etc/照片.jpg", "照片.jpg"),
        ("C:\\用户\\照片.jpg", "照片.jpg"),
        ("照\u202e片\x07\n.jpg", "照片.jpg"),
        ("照\0片.jpg", "照片.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("com1.x.jpg", "_com1.x.jpg"),
        ("..jpg", "附件.jpg"),
        (' <"照片">. .jpg', "照片.jpg"),
        ("照" * 300 + ".jpg", "照" * 60 + ".jpg"),
        ("照片.PNG", "照片.jpg"),
    ],
)
def test_a_name_is_kept_clean(judge, filename, kept):
    found = judge(f.picture(), filename)

    assert found.name == kept
    assert len(found.name.encode()) <= 255


def test_control_without_the_search_in_the_bytes_a_hidden_script_gets_through(monkeypatch):
    hidden = f.pdf() + b"9 0 obj << /S /JavaScript >> endobj"

    monkeypatch.setattr(pdfs, "_refuse_words", lambda content: None)

    assert pdfs.check_pdf(io.BytesIO(hidden)) == hidden


def test_control_without_the_look_into_objects_a_packed_script_gets_through(monkeypatch):
    packed = f.script_in_an_object_stream()

    monkeypatch.setattr(pdfs, "_check_object", lambda found: None)

    assert pdfs.check_pdf(io.BytesIO(packed)) == packed


def test_control_a_plain_copy_keeps_what_the_picture_says():
    """What re-encoding is for: the tail and the position are there in the file as it came."""
    sent = f.photo_with_position() + b"CANARY-TAIL"

    assert Image.open(io.BytesIO(sent)).getexif()[0x013B] == "CANARY-ARTIST"
    Image.open(io.BytesIO(sent)).verify()


@pytest.mark.parametrize(
    ("text", "out"), [("PAGE", False), ('HYPERLINK "http://addedpage/"', False), ("dde x", True)]
)
def test_a_field_of_a_document_is_judged_by_its_words(text, out):
    assert reaches_out(f.field(text).encode()) is out
    assert reaches_out(f'<w:fldSimple w:instr="{text.replace(chr(34), "&quot;")}"/>'.encode()) is out


def test_limits_are_those_of_the_decision():
    assert (limits.FILE, limits.PIXELS) == (10 * 2**20, 25_000_000)
