"""Marked people: every one of their values is found again wherever it turns up (TRUST.md P1)."""

import base64
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

from core.identity import check_character
from tests.members.rosters import write_roster

HEADER = (
    "工号",
    "姓名",
    "性别",
    "出生日期",
    "身份证号",
    "分工会",
    "入会时间",
    "手机号码",
    "电子邮箱",
    "银行卡号",
    "备注",
)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "珩琮璟珵玥琬琰琛瑄瑛璐璇璋璞瓒琦琪琨琳琅"
NUMBERS = ("id_number", "bank_card", "phone")
KINDS = (*NUMBERS, "birth", "email", "name", "ends")


@dataclass(frozen=True, eq=False)
class Canary:
    """One invented person; ``marks``: kind -> every spelling that is looked for."""

    staff_no: str
    branch: str
    row: dict
    marks: dict[str, tuple[str, ...]] = field(repr=False)


def make_canaries(count: int, *, birthday: tuple[int, int], branches: tuple[str, ...], seed: str) -> list[Canary]:
    """Born on one day of the year in as many years as there are; the third and fourth share a card, as couples do."""
    chance = random.Random(seed)
    cards: list[str] = []
    ends: set[str] = set()
    found = []
    for number in range(count):
        born = date(1957 + number % 44 if number else 1956, *birthday)  # nobody's birth date is the first one's
        id_number = _unlike(ends, partial(_id_number, chance, born, number))
        card = cards[2] if number == 3 else _unlike(ends, partial(bank_card, chance))
        cards.append(card)
        phone = _unlike(ends, partial(_mobile, chance))
        name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number % 20] + _GIVEN[(number // 20 + number + 7) % 20]
        email = f"canary{number}.{chance.getrandbits(40):010x}@example.org"
        staff_no, branch = f"77{number:05}", branches[number % len(branches)]
        sex = "男" if int(id_number[16]) % 2 else "女"
        cells = (staff_no, name, sex, born.isoformat(), id_number, branch, "2010-09-01", phone, email, card, "")
        row = dict(zip(HEADER, cells, strict=True))
        marks = {
            "id_number": (id_number,),
            "bank_card": (card,),
            "phone": (phone,),
            "birth": (f"{born}", f"{born:%Y/%m/%d}", f"{born.year}年{born.month}月{born.day}日", f"{born:%Y%m%d}"),
            "email": (email,),
            "name": (name,),
            "ends": (f"****{id_number[-4:]}", f"****{card[-4:]}"),
        }
        found.append(Canary(staff_no, branch, row, marks))
    return found


def _unlike(ends: set[str], make: Callable[[], str]) -> str:
    """A number whose last four nobody else has: pages may show those, and they must say whose they are."""
    number = next(number for number in iter(make, "") if number[-4:] not in ends)
    ends.add(number[-4:])
    return number


def _id_number(chance: random.Random, born: date, number: int) -> str:
    first = f"{chance.randint(110_000, 659_999)}{born:%Y%m%d}{number:03}"
    return first + check_character(first)


def _mobile(chance: random.Random) -> str:
    return f"1{chance.choice('3578')}9{chance.randint(0, 99_999_999):08}"


def bank_card(chance: random.Random) -> str:
    digits = "62" + "".join(chance.choices("0123456789", k=16))
    doubled = sum(int("0246813579"[int(c)]) if place % 2 == 0 else int(c) for place, c in enumerate(reversed(digits)))
    return f"{digits}{-doubled % 10}"


def write_workbook(path: Path, canaries: list[Canary]) -> Path:
    """The roster, and under it one more person whose ID number is wrong: refused, and stored nowhere."""
    return write_roster(path, *(canary.row for canary in canaries), header=HEADER)


_GAPS = str.maketrans("", "", " -\u3000\u00a0")
# What is random in a page and could look like anything: tokens, nonces, ids of messages.
_RANDOM = re.compile(
    r'(?:csrfmiddlewaretoken|intent_key)" value="[^"]*"|nonce="[^"]*"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)


def tidy(text: str) -> str:
    return _RANDOM.sub("", text)


class Search:
    """Every mark of some people, in a text of any length: one pass, and a line that was seen before costs nothing."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self.owners: dict[str, set[tuple[Canary, str]]] = defaultdict(set)
        for canary in canaries:
            for kind, spellings in canary.marks.items():
                for mark in spellings:
                    self.owners[mark].add((canary, kind))
        self.lengths = sorted({len(mark) for mark in self.owners})
        self.pattern = re.compile(_tree_of(self.owners))
        self.seen: dict[str, frozenset] = {"": frozenset()}

    def marks(self, text: str) -> set[tuple[Canary, str]]:
        """(whose, which kind), numbers also where they are split."""
        found: set[tuple[Canary, str]] = set()
        for line in set(text.split("\n")):
            if line not in self.seen:
                self.seen[line] = frozenset(self._in_line(line))
            found |= self.seen[line]
        return found

    def _in_line(self, line: str) -> Iterator[tuple[Canary, str]]:
        yield from self._in_text(line)
        if (close := line.translate(_GAPS)) != line:
            yield from (found for found in self._in_text(close) if found[1] in NUMBERS)

    def _in_text(self, text: str) -> Iterator[tuple[Canary, str]]:
        """Marks overlap: a birth date stands inside an ID number."""
        place = 0
        while hit := self.pattern.search(text, place):
            place = hit.start() + 1
            for length in self.lengths:
                yield from self.owners.get(hit[0][:length], ()) if length <= len(hit[0]) else ()


def _tree_of(words: Iterable[str]) -> str:
    """One pattern for the longest of ``words`` at a place, branching letter by letter."""
    by_first: dict[str, list[str]] = defaultdict(list)
    words = list(words)
    for word in filter(None, words):
        by_first[word[0]].append(word[1:])
    branches = "|".join(re.escape(first) + _tree_of(rests) for first, rests in by_first.items())
    return f"(?:{branches}){'?' if '' in words else ''}" if branches else ""


@cache
def _search_for(canaries: tuple[Canary, ...]) -> Search:
    return Search(canaries)


def marks_in(text: str, canaries: list[Canary], kinds: tuple[str, ...] = KINDS) -> set[tuple[Canary, str]]:
    """(whose, which kind) of every mark that stands in ``text``, numbers also where they are split."""
    return {found for found in _search_for(tuple(canaries)).marks(text) if found[1] in kinds}


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def spellings_of(data: bytes) -> str:
    """``data`` as text, and beside it what it says to whoever decodes it: UTF-16, base64, percent, JSON's escapes."""
    texts = [
        data.decode(errors="replace"),
        data.decode("utf-16-le", "ignore"),
        data[1:].decode("utf-16-le", "ignore"),
    ]
    for run in _BASE64.findall(data):
        with suppress(ValueError):
            texts.append(base64.b64decode(run + b"=" * (-len(run) % 4), altchars=b"-_").decode(errors="replace"))
    texts += [_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) for text in texts if "\\u" in text]
    texts += [unquote(text) for text in texts if "%" in text]
    return "\n".join(texts)


def parts_of_ids(text: str, canaries: list[Canary]) -> set[str]:
    """Six characters of an ID number in a row, other than of its birth date: with that date they give all away."""
    return {run[n : n + 6] for run in _LONG_RUN.findall(text) for n in range(len(run) - 5)} & _parts(tuple(canaries))


_LONG_RUN = re.compile(r"[0-9]{5,}[0-9X]")


@cache
def _parts(canaries: tuple[Canary, ...]) -> set[str]:
    numbers = [canary.marks["id_number"][0] for canary in canaries]
    return {number[n : n + 6] for number in numbers for n in (0, 1, 2, 3, 11, 12)}
