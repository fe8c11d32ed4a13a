"""Marked people: every one of their values is found again wherever it turns up (TRUST.md P1)."""

import random
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

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
    found = []
    for number in range(count):
        born = date(1956 + number % 45, *birthday)
        first = f"{chance.randint(110_000, 659_999)}{born:%Y%m%d}{number:03}"
        id_number = first + check_character(first)
        card = cards[2] if number == 3 else bank_card(chance)
        cards.append(card)
        phone = f"1{chance.choice('3578')}9{chance.randint(0, 99_999_999):08}"
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


def marks_in(text: str, canaries: list[Canary], kinds: tuple[str, ...] = KINDS) -> set[tuple[Canary, str]]:
    """(whose, which kind) of every mark that stands in ``text``, numbers also where they are split."""
    close = text.translate(_GAPS)
    return {
        (canary, kind)
        for canary in canaries
        for kind in kinds
        if any(mark in text or (kind in NUMBERS and mark in close) for mark in canary.marks[kind])
    }


def parts_of_id(text: str, canary: Canary) -> set[str]:
    """Six characters of the ID number in a row, other than of its birth date: with that date they give all away."""
    (number,) = canary.marks["id_number"]
    return {number[n : n + 6] for n in (0, 1, 2, 3, 11, 12) if number[n : n + 6] in text}
