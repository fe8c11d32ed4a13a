"""More files that people should not hand in: the kinds of ``test_files_hostile``, changed by dice (TRUST.md 5.2).

Each says what it may be answered with: refusal codes, or ``TAKEN``.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from core.enums import FileKind as K
from core.files.codes import Unfit as F
from core.spreadsheets.codes import Unreadable as U
from tests.core import files as f
from tests.core import hostile as h
from tests.core.test_files_hostile import BAD, NOT_ALLOWED, SOUND, TEMPLATE, WRONG_NAMES

TAKEN = "taken"
PICTURES, OFFICE = (K.JPEG, K.PNG), (K.XLSX, K.DOCX)
ANY = frozenset({TAKEN, *F, *U})
TAIL = b"<script>CANARY-TAIL</script>"


@dataclass(frozen=True)
class Case:
    """``sent`` under ``name``; ``kind`` is what it is kept as, where it may be taken."""

    what: str
    sent: bytes
    name: str
    answers: frozenset[str]
    kind: K | None = None


_BUILT: dict[str, bytes] = {}


def _sound(chance: random.Random, *kinds: K) -> tuple[str, bytes, str, K]:
    """One of the sound files: which, its content, its name, its kind."""
    what = chance.choice([what for what, (*_, kind) in SOUND.items() if kind in (kinds or K) and what[:2] != "25"])
    build, name, kind = SOUND[what]
    if what not in _BUILT:
        _BUILT[what] = build()
    return what, _BUILT[what], name, kind


def odd_name(chance: random.Random) -> Case:
    """Any kind under a name that leads elsewhere or hides something: the answer is the same."""
    bases = [(what, build(), name, {TAKEN}, kind) for what, (build, name, kind) in SOUND.items() if what[:2] != "25"]
    bases += [(what, content, name, {F.NOT_ALLOWED}, None) for what, (content, name) in NOT_ALLOWED.items()]
    bases += [(what, build(), name, {code}, None) for what, (build, name, code) in BAD.items() if "jpeg" in what]
    what, content, name, answers, kind = chance.choice(bases)
    stem, _, ending = name.rpartition(".")
    odd = chance.choice(
        (
            *(f"../../etc/{name}", f"C:\\用户\\{name}", f"/{name}", f"\\\\host\\x\\{name}", f"a\0/{name}"),
            *(f"{stem}\u202e.{ending}", f"\x07{stem}\n.{ending}", f"{stem * 90}.{ending}", f"CON.{ending}"),
            *(f"lpt1.{stem}.{ending}", f"  {stem}. .{ending}", f"-{name}", f'"{stem}"<b>.{ending.upper()}'),
            *(f"{stem}.exe.{ending}", f"{stem}\u200b😀.{ending}", f"%2e%2e%2f{name}", f"$(id) {name}"),
        )
    )
    return Case(f"{what} called {odd[:40]!r}", content, odd, frozenset(answers), kind)


def other_name(chance: random.Random) -> Case:
    """A sound file whose name says something else, at its end or altogether."""
    what, content, name, kind = _sound(chance)
    stem = name.rpartition(".")[0]
    strange = chance.choice(("exe", "html", "svg", "js", "zip", "docm", "xlsm", "heic", "php", "lnk", "txt", ""))
    wrong = chance.choice((f"{name}.{strange}", f"{stem}.{strange}", f"{name} ", f"{name}."))
    code = F.NOT_ALLOWED if kind is K.CSV else F.NAME_DOES_NOT_FIT
    return Case(f"{what} called {wrong!r}", content, wrong, frozenset({code}))


def strange_content(chance: random.Random) -> Case:
    """The head of what is not allowed, with anything behind it."""
    what = chance.choice([what for what, (_, name) in NOT_ALLOWED.items() if not name.endswith(".csv")])
    content, name = NOT_ALLOWED[what]
    if what in ("text", "one byte", "shell script", "svg", "html", "eps") or content.startswith(b"PK"):
        more = "".join(chance.choices("<>&=abc 中\n", k=chance.randrange(200))).encode()
        more = b"" if content.startswith(b"PK") else more
    else:
        more = chance.randbytes(chance.randrange(3_000))
    name = chance.choice((name, WRONG_NAMES["jpeg as pdf"][1], "说明.docx", "名单.xlsx"))
    return Case(f"{what} and {len(more)} bytes", content + more, name, frozenset({F.NOT_ALLOWED}))


def tail(chance: random.Random) -> Case:
    """A picture with something behind it: only the picture is kept."""
    what, content, name, kind = _sound(chance, *PICTURES)
    behind = chance.choice(
        (TAIL, h.packed({"x.js": TAIL}), f.pdf(), b"MZ" + chance.randbytes(99), chance.randbytes(9_999))
    )
    return Case(f"{what} and {len(behind)} bytes", content + behind + TAIL, name, frozenset({TAKEN}), kind)


def flood(chance: random.Random) -> Case:
    """A few bytes that say they are many pixels."""
    width, height = chance.randrange(1, 120_000), chance.randrange(1, 120_000)
    code = F.TOO_MANY_PIXELS if width * height > 25_000_000 else F.DAMAGED
    return Case(f"{width} x {height}", f.pixel_flood(width, height), "截图.png", frozenset({code}))


def cut(*kinds: K) -> Callable[[random.Random], Case]:
    def made(chance: random.Random) -> Case:
        what, content, name, kind = _sound(chance, *kinds)
        length = chance.randrange(12, len(content) * 9 // 10)
        whole = {TAKEN} if kind is K.PNG else set()  # cut behind the last line of its (first) picture
        return Case(
            f"{what}, {length} bytes", content[:length], name, frozenset({F.DAMAGED, U.DAMAGED} | whole), kind
        )

    return made


def flipped(*kinds: K) -> Callable[[random.Random], Case]:
    """Taken, or refused for any reason; never an error, and what is kept is sound."""

    def made(chance: random.Random) -> Case:
        what, content, name, kind = _sound(chance, *kinds)
        changed, places = (
            bytearray(content),
            [chance.randrange(len(content)) for _ in range(chance.choice((1, 2, 8)))],
        )
        for place in places:
            changed[place] = chance.randrange(256)
        return Case(f"{what}, changed at {places}", bytes(changed), name, ANY, kind)

    return made


ACTIONS = ("JavaScript", "Launch", "ImportData", "SubmitForm", "GoToE", "GoToR", "Rendition", "Movie")


def acting_pdf(chance: random.Random) -> Case:
    """An action, its name spelled with any letters escaped."""
    kind = chance.choice(ACTIONS)
    name = "".join(f"#{ord(letter):02x}" if chance.random() < 0.3 else letter for letter in kind)
    content = f.pdf_with_action(kind, F="x").replace(f"/{kind}".encode(), f"/{name}".encode())
    return Case(f"pdf /{name}", content, "申请.pdf", frozenset({F.ACTIVE_CONTENT, F.DAMAGED}))


EVIL: dict[str, tuple[bytes, str]] = {  # below "word/" or "xl/"
    "vbaProject.bin": (h.OLE, U.MACROS),
    "embeddings/o.bin": (h.OLE, U.EMBEDDED_OBJECT),
    "activeX/a.xml": (b"<x/>", U.EMBEDDED_OBJECT),
    "media/a.png": (h.plain(), U.NESTED_ARCHIVE),
    "media/b.png": (b"MZ\x90\0" + bytes(60), U.EMBEDDED_OBJECT),
    "x/a.zip": (b"x", U.NESTED_ARCHIVE),
    "x/a.vbs": (b"x", U.EMBEDDED_OBJECT),
    "_rels/x.xml.rels": (TEMPLATE, U.EXTERNAL_CONTENT),
    "x.xml": (h.DOCTYPE.encode() + b"<x/>", U.DOCTYPE),
}


def evil_parts(chance: random.Random) -> Case:
    """One to three parts that may not be, their names in any case: refused for one of them."""
    word = chance.random() < 0.5
    folder = "word/" if word else "xl/"
    chosen = chance.sample(list(EVIL), k=chance.choice((1, 1, 2, 3)))
    parts = {_any_case(chance, folder + name): EVIL[name][0] for name in chosen}
    content = f.repacked(f.docx() if word else h.plain(), parts)
    answers = frozenset(EVIL[name][1] for name in chosen)
    return Case(f"{sorted(parts)}", content, "说明.docx" if word else "名单.xlsx", answers)


def _any_case(chance: random.Random, name: str) -> str:
    return (
        "".join(chance.choice((letter.lower(), letter.upper())) for letter in name) if chance.random() < 0.5 else name
    )


def unsafe_member(chance: random.Random) -> Case:
    """A name in the zip that leads out of it, or is none."""
    name = chance.choice(("../", "xl/../../", "/", "xl\\", "C:", "xl/\u202e", "xl/\x07", "xl/" + "x" * 300)) + "x.bin"
    return Case(f"{name[:20]!r}", h.with_entry(name), "名单.xlsx", frozenset({U.UNSAFE_MEMBER}))


def reaching_field(chance: random.Random) -> Case:
    """A field that starts or fetches something, its words in any case and cut into runs anywhere."""
    text = _any_case(chance, chance.choice(("DDEAUTO", "DDE", "INCLUDETEXT", "INCLUDEPICTURE", "IMPORT"))) + " x y"
    at = sorted(chance.sample(range(1, len(text)), k=chance.randrange(4)))
    runs = [text[start:end] for start, end in zip([0, *at], [*at, len(text)], strict=True)]
    return Case(f"field {runs}", f.docx(f.field(*runs)), "说明.docx", frozenset({F.DYNAMIC_DATA}))


def reaching_formula(chance: random.Random) -> Case:
    text = chance.choice(
        ("cmd|'/c calc'!A0", 'WEBSERVICE("x")', "MSEXCEL|'x'!A", 'CALL("x","y")', 'SUM(1,WEBSERVICE ("x"))')
    )
    return Case(f"={text}", f.formula(text), "名单.xlsx", frozenset({F.DYNAMIC_DATA}))


# By the shares that TRUST.md 5.2 gives them.
GROUPS: dict[str, tuple[int, tuple[Callable[[random.Random], Case], ...]]] = {
    "U1": (90, (odd_name, other_name, strange_content)),
    "U2": (90, (tail, flood, cut(*PICTURES), flipped(*PICTURES))),
    "U3": (40, (acting_pdf, cut(K.PDF), flipped(K.PDF))),
    "U4": (80, (evil_parts, unsafe_member, reaching_field, reaching_formula, cut(*OFFICE), flipped(*OFFICE))),
}


def mutated(chance: random.Random) -> Case:
    group = chance.choices(list(GROUPS), [share for share, _ in GROUPS.values()])[0]
    return chance.choice(GROUPS[group][1])(chance)
