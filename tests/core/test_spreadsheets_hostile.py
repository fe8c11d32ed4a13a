"""U1, U4: hostile and broken spreadsheets, each with its expected answer. Nothing is read of a refused file."""

import io
import random
import stat
import zipfile
from xml.etree import ElementTree

import pytest

from core.spreadsheets import package, workbook
from core.spreadsheets.codes import Refused
from core.spreadsheets.codes import Unreadable as U
from tests.core import hostile as h
from tests.core.read_apart import read_apart
from tests.trust.sizes import size

FAR = h.row(1, h.text_cell("A1", "姓名")) + h.row(1_048_576, h.text_cell("XFD1048576", "x"))
FAR_BY_SPELLING = FAR.replace('<c r="XFD1048576" t="inlineStr">', '<c t="inlineStr" r="XFD1048576">')
DOCTYPE = h.DOCTYPE.encode()
EXTERNAL = ' TargetMode="External"'

WRONG_TYPES = {
    "xls": (h.ole("Root Entry", "Workbook"), "花名册.xls"),
    "xls renamed": (h.ole("Root Entry", "Workbook"), "花名册.xlsx"),
    "other ole": (h.ole("Root Entry", "WordDocument"), "花名册.xlsx"),
    "xlsb renamed": (h.packed({"[Content_Types].xml": b"<x/>", "xl/workbook.bin": b"x"}), "花名册.xlsx"),
    "ods renamed": (h.packed({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}), "花名册.xlsx"),
    "docx renamed": (h.packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "花名册.xlsx"),
    "zip renamed": (h.packed({"a.txt": b"x"}), "花名册.xlsx"),
    "html renamed": (b"<html><table><tr><td>1</td></tr></table></html>", "花名册.xlsx"),
    "html as csv": ("\ufeff <TABLE><tr><td>姓名</td></tr></TABLE>".encode(), "花名册.csv"),
    "xml spreadsheet": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "花名册.xls"),
    "pdf": (b"%PDF-1.7\n", "花名册.xlsx"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(20), "花名册.xlsx"),
    "jpeg as csv": (b"\xff\xd8\xff\xe0" + bytes(20), "花名册.csv"),
    "program": (b"MZ\x90\x00\x03" + bytes(60), "花名册.csv"),
    "rar": (b"Rar!\x1a\x07\x00", "花名册.xlsx"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "花名册.xlsx"),
    "gzip": (b"\x1f\x8b\x08\x00", "花名册.csv"),
    "utf-16": ("姓名,工号".encode("utf-16"), "花名册.csv"),
    "text as xlsx": ("姓名,工号\n".encode(), "花名册.xlsx"),
    "one byte": (b"x", "花名册.xlsx"),
    "xlsx as csv": (h.plain(), "花名册.csv"),
    "double extension": (h.plain(), "花名册.xlsx.exe"),
    "no extension": (h.plain(), "花名册"),
}

BAD_PACKAGES = {
    "members": (lambda: h.packed(h.members(), more=((f"x/{n}", b"") for n in range(10_000))), U.TOO_MANY_MEMBERS),
    "sum": (lambda: h.blown_up(210), U.EXPANDS_TOO_MUCH),
    "ratio": (lambda: h.blown_up(50), U.EXPANDS_TOO_MUCH),
    "says less than it holds": (lambda: h.lying_about_size("xl/worksheets/sheet1.xml", 40), U.DAMAGED),
    "says more than it holds": (lambda: h.lying_about_size("xl/worksheets/sheet1.xml", 40_000), U.DAMAGED),
    "truncated": (lambda: h.plain()[:-30], U.DAMAGED),
    "half": (lambda: h.plain()[: len(h.plain()) // 2], U.DAMAGED),
    "more after the end": (lambda: h.plain() + b"PK", U.DAMAGED),
    "flipped bits": (lambda: h.plain().replace(b"PK\x03\x04", b"PK\x03\x05"), U.WRONG_TYPE),
    "password": (lambda: h.ole("EncryptedPackage"), U.ENCRYPTED),
    "zip password": (h.flagged_encrypted, U.ENCRYPTED),
    "traversal": (lambda: h.with_entry("xl/../../etc/passwd"), U.UNSAFE_MEMBER),
    "absolute": (lambda: h.with_entry("/etc/passwd"), U.UNSAFE_MEMBER),
    "backslash": (lambda: h.with_entry("xl\\x.xml"), U.UNSAFE_MEMBER),
    "drive": (lambda: h.with_entry("C:x.xml"), U.UNSAFE_MEMBER),
    "direction mark": (lambda: h.with_entry("xl/\u202elmx.x"), U.UNSAFE_MEMBER),
    "symlink": (lambda: h.with_entry("xl/link", attributes=stat.S_IFLNK | 0o777), U.UNSAFE_MEMBER),
    "other packing": (lambda: h.with_entry("xl/x.xml", compression=zipfile.ZIP_LZMA), U.UNSAFE_MEMBER),
    "double": (lambda: h.packed(h.members(), more=[("XL/Workbook.xml", b"<x/>")]), U.UNSAFE_MEMBER),
    "nested by name": (lambda: h.with_part("xl/a.zip", b"x"), U.NESTED_ARCHIVE),
    "nested by content": (lambda: h.with_part("xl/media/image1.png", h.plain()), U.NESTED_ARCHIVE),
    "macros": (lambda: h.with_part("xl/vbaProject.bin", h.OLE), U.MACROS),
    "old macros": (lambda: h.with_part("xl/macrosheets/sheet1.xml"), U.MACROS),
    "external workbook": (lambda: h.with_part("xl/externalLinks/externalLink1.xml"), U.EXTERNAL_CONTENT),
    "dde": (lambda: h.with_part("xl/externalLinks/externalLink1.xml", b"<x><ddeLink/></x>"), U.EXTERNAL_CONTENT),
    "data connection": (lambda: h.with_part("xl/connections.xml"), U.EXTERNAL_CONTENT),
    "external picture": (
        lambda: h.with_part("xl/_rels/x.rels", h.relations(("image", "http://127.0.0.1/x"), mode=EXTERNAL)),
        U.EXTERNAL_CONTENT,
    ),
    "ole": (lambda: h.with_part("xl/embeddings/oleObject1.bin", h.OLE), U.EMBEDDED_OBJECT),
    "ole elsewhere": (lambda: h.with_part("xl/printerSettings/x.bin", h.OLE), U.EMBEDDED_OBJECT),
    "activex": (lambda: h.with_part("xl/activeX/activeX1.xml"), U.EMBEDDED_OBJECT),
    "program inside": (lambda: h.with_part("xl/media/image1.png", b"MZ\x90\x00"), U.EMBEDDED_OBJECT),
    "entities in the workbook": (lambda: h.with_part("xl/workbook.xml", DOCTYPE + b"<workbook/>"), U.DOCTYPE),
    "entities in a sheet": (lambda: h.with_part("xl/worksheets/sheet1.xml", DOCTYPE + b"<worksheet/>"), U.DOCTYPE),
    "entities in strings": (lambda: h.with_part("xl/sharedStrings.xml", DOCTYPE + b"<sst/>"), U.DOCTYPE),
    "entities in relations": (lambda: h.with_part("xl/_rels/x.rels", DOCTYPE + b"<Relationships/>"), U.DOCTYPE),
    "entities after comments": (
        lambda: h.with_part("xl/x.xml", b"<?xml version='1.0'?>" + b"<!-- --> " * 500 + DOCTYPE + b"<x/>"),
        U.DOCTYPE,
    ),
    "entities out of sight": (lambda: h.with_part("xl/x.xml", b"<!--" + b" " * 9000 + b"-->" + DOCTYPE), U.DAMAGED),
    "entities in utf-16": (lambda: h.with_part("xl/x.xml", (h.DOCTYPE + "<x/>").encode("utf-16")), U.DAMAGED),
    "entities in utf-7": (lambda: h.with_part("xl/x.xml", b"<?xml version='1.0' encoding='utf-7'?><x/>"), U.DAMAGED),
    "not xml": (lambda: h.with_part("xl/workbook.xml", b"<workbook><"), U.DAMAGED),
    "sheets": (lambda: h.packed(h.members({f"s{n}": h.sheet("") for n in range(51)})), U.TOO_MANY_SHEETS),
    "far cell": (lambda: h.of_cells(FAR, dimension="A1:XFD1048576"), U.TOO_MANY_COLUMNS),
    "far cell, small dimension": (lambda: h.of_cells(FAR, dimension="A1"), U.TOO_MUCH_MEMORY),
    "far cell, odd spelling": (lambda: h.of_cells(FAR_BY_SPELLING), U.TOO_MUCH_MEMORY),
    "column 201": (lambda: h.of_cells(h.row(1, h.number_cell("GS1", 1))), U.TOO_MANY_COLUMNS),
    "column 201, small dimension": (
        lambda: h.of_cells(h.row(1, h.number_cell("GS1", 1)), dimension="A1"),
        U.TOO_MANY_COLUMNS,
    ),
    "row 200,001": (lambda: h.of_cells(h.row(200_001, h.number_cell("A200001", 1))), U.TOO_MANY_ROWS),
    "long cell": (lambda: h.of_cells(h.row(1, h.text_cell("A1", "长" * 32_768))), U.CELL_TOO_LONG),
    "long row": (lambda: h.wide_row(cells=40, characters=30_000), U.CELL_TOO_LONG),
    "huge in memory only": (lambda: h.repeated_text(rows=5_000, characters=30_000), U.TOO_MUCH_MEMORY),
}

BAD_TEXTS = {
    "nul": (b"a,b\nc,\0", U.NUL_BYTES, "第 2 行"),
    "neither encoding": ("姓名\n王".encode() + b"\xff\xff\n", U.BAD_ENCODING, "第 2 行"),
    "marked but not utf-8": (b"\xef\xbb\xbfa\nb\n" + "姓名".encode("gb18030"), U.BAD_ENCODING, "第 3 行"),
    "columns": (b"," * 200, U.TOO_MANY_COLUMNS, "GS1"),
    "rows": (b"1\n" * 200_001, U.TOO_MANY_ROWS, "A200001"),
    "quote never closed": (b'a\n"' + b"x\n" * 20_000, U.CELL_TOO_LONG, "A2"),
}


@pytest.fixture
def refused(tmp_path):
    """Read the content apart; assert the bounds of TRUST.md U and that nothing stays; give back what was told."""

    def read(content: bytes, filename: str, first: str = "") -> dict:
        path = tmp_path / "upload"
        path.write_bytes(content)
        told = read_apart(path, filename=filename, temp=tmp_path / "temp", first=first)
        assert told["child_mb"] <= 512
        assert told["grown_mb"] < 20
        assert told["seconds"] <= 20
        assert told["left"] == []
        return told

    return read


@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_another_type_is_refused_by_its_content(refused, kind):
    content, filename = WRONG_TYPES[kind]

    told = refused(content, filename)

    assert told["code"] == U.WRONG_TYPE
    assert filename in told["message"]
    assert told["sheets"] == []


@pytest.mark.parametrize("kind", BAD_PACKAGES)
def test_a_bad_workbook_is_refused(refused, kind):
    build, code = BAD_PACKAGES[kind]

    told = refused(build(), "花名册.xlsx")

    assert told["code"] == code
    assert "花名册.xlsx" in told["message"]
    assert told["sheets"] == []


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_a_bad_text_is_refused_with_its_place(refused, kind):
    content, code, place = BAD_TEXTS[kind]

    told = refused(content, "分工会.csv")

    assert told["code"] == code
    assert place in told["message"]
    assert told["sheets"] == []


@pytest.mark.parametrize(("size", "code"), [(0, U.EMPTY), (20 * 2**20 + 1, U.TOO_LARGE), (50 * 2**20, U.TOO_LARGE)])
def test_the_size_is_judged_before_reading(tmp_path, size, code):
    path = tmp_path / "upload"
    with path.open("wb") as file:
        file.truncate(size)

    told = read_apart(path, filename="花名册.xlsx", temp=tmp_path / "temp")

    assert told["code"] == code
    assert told["child_mb"] == 0  # no process was started
    assert told["left"] == []


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("../../etc/花名册.xlsx", "“花名册.xlsx”"),
        ("C:\\用户\\花名册.xlsx", "“花名册.xlsx”"),
        ("花\u202e名\x07册\n.xlsx", "“花名册.xlsx”"),
        ("册" * 300 + ".xlsx", "“" + "册" * 95 + ".xlsx”"),
        ("-c.xlsx", "“-c.xlsx”"),
        ("CON.xlsx", "“CON.xlsx”"),
    ],
)
def test_an_odd_name_is_only_ever_shown_clean(refused, filename, shown):
    told = refused(b"%PDF-1.7", filename)

    assert told["code"] == U.WRONG_TYPE
    assert told["message"].startswith(shown)


@pytest.mark.parametrize("seed", range(size(4, 10, 25)))
def test_a_mutated_workbook_is_read_or_refused_but_never_breaks(seed):
    """D4: flipped bytes in the zip, and broken XML in sound zips; anything but rows or ``Refused`` fails."""
    chance, parts = random.Random(seed), h.members()
    outcomes = set()
    for _ in range(50):
        whole, name = bytearray(h.plain()), chance.choice(list(parts))
        whole[chance.randrange(len(whole))] = chance.randrange(256)
        part = bytearray(parts[name])
        part[chance.randrange(len(part))] = chance.choice(b'<>"&;=09AZ \xff\0')
        for content in (bytes(whole), h.packed(parts | {name: bytes(part)})):
            try:
                outcomes.add(len([list(table.rows()) for table in workbook.read_workbook(io.BytesIO(content))]))
            except Refused as refused:
                outcomes.add(refused.code)

    assert {1, U.DAMAGED} <= outcomes


def test_control_without_the_ratio_guard_only_the_memory_limit_stops_the_bomb(refused):
    first = "from core.spreadsheets import package\npackage._check_sizes = lambda infos: None"

    told = refused(h.blown_up(210), "花名册.xlsx", first)

    assert told["code"] == U.TOO_MUCH_MEMORY


def test_control_without_the_memory_limit_the_far_cell_takes_more(refused):
    """The far cell that the scan cannot see is stopped by the limit of 512 MB and nothing else."""
    rows = FAR.replace("1048576", "100000").replace("XFD", "FZ")
    first = "from core.apart import limits\nlimits.MEMORY = 3 << 30"
    content = h.of_cells(rows, dimension="A1")

    guarded = refused(content, "花名册.xlsx")
    with pytest.raises(AssertionError, match="512"):
        refused(content, "花名册.xlsx", first)

    assert guarded["code"] == U.TOO_MUCH_MEMORY


def test_control_without_the_entity_guards_an_entity_is_expanded(monkeypatch):
    part = DOCTYPE + h.workbook_xml(["名册"]).replace("名册".encode(), b"&a;&a;")
    content = io.BytesIO(h.with_part("xl/workbook.xml", part))
    with pytest.raises(Refused) as seen_by_the_first:
        workbook.read_workbook(content)
    monkeypatch.setattr(package, "_check_head", lambda name, head: None)
    with pytest.raises(Refused) as seen_by_the_second:
        workbook.read_workbook(content)
    monkeypatch.setattr(workbook, "fromstring", ElementTree.fromstring)

    opened = package.Package(content)
    names = workbook._sheet_paths(opened, workbook.parsed(opened, "xl/workbook.xml")).values()

    assert seen_by_the_first.value.code == seen_by_the_second.value.code == U.DOCTYPE
    assert list(names) == ["boomboom"]
