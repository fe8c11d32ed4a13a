"""Rosters mutated by seed as clerks mutate them (TRUST.md 5.1 D4): each row exact or refused by number.

Every person's true record is known. After the import of a mutated file he must be stored exactly so, or his row must
be among the rejected or warned ones, or the whole file be refused with nothing stored. Anything else is silent.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from core import clock
from core.identity import check_character
from members.models import Member, MemberSecret
from members.services.roster import CannotImport, import_roster
from tests.members.factories import make_branch
from tests.members.rosters import write_book
from tests.trust.sizes import size

HEADER = [
    "工号",
    "姓名",
    "性别",
    "出生日期",
    "身份证号",
    "分工会",
    "入校时间",
    "入会时间",
    "手机",
    "银行卡号",
    "备注",
]
NAMES = ["任磊", "欧阳源媛", "阿不都·热西提", "单雄", "吕布", "John Smith", "龚红燕", "薛慧桂"]
BRANCHES = ["纺织学院", "机关一", "机关二"]
PEOPLE = 12
SPELLINGS: list[Callable[[date], object]] = [
    lambda day: day,
    lambda day: day.isoformat(),
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: int(f"{day:%Y%m%d}"),
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: (day - date(1899, 12, 30)).days,
    lambda day: f"{day.year} 年 {day.month} 月 {day.day} 日",
]


def make_person(dice: random.Random, number: int) -> dict:
    """One true record; the keys are the header's."""
    born = date(1965, 1, 1) + timedelta(days=dice.randrange(11000))
    sequence = dice.randrange(1, 1000)
    digits = f"{dice.randrange(110000, 660000)}{born:%Y%m%d}{sequence:03}"
    hired = born + timedelta(days=dice.randrange(8500, 11000))
    joined = hired + timedelta(days=dice.randrange(300))
    left = joined + timedelta(days=dice.randrange(1, 4000)) if dice.random() < 0.2 else None
    return {
        "工号": f"{1900000 + number}",
        "姓名": dice.choice(NAMES),
        "性别": "男" if sequence % 2 else "女",
        "出生日期": born,
        "身份证号": digits + check_character(digits),
        "分工会": dice.choice(BRANCHES),
        "入校时间": hired,
        "入会时间": joined,
        "手机": f"1{dice.randrange(3, 10)}{dice.randrange(10**9):09}",
        "银行卡号": f"622999{dice.randrange(10**13):013}",
        "备注": f"{left.year}年{left.month}月{left.day}日退休" if left else "",
        "left": left,
    }


@dataclass
class Book:
    """A roster being mutated: header and rows of the first sheet, where each person's row comes to stand, options."""

    people: list[dict]
    header: list = field(default_factory=lambda: list(HEADER))
    above: list[list] = field(default_factory=lambda: [["某学院会员花名册"]])
    rows: list[list] = field(default_factory=list)
    options: dict = field(default_factory=dict)
    others: dict[str, list[list]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def column(self, word: str) -> int:
        return self.header.index(word)

    def sheets(self) -> dict[str, list[list]]:
        return {"花名册": [*self.above, self.header, *self.rows], **self.others}


def _spell_dates(dice, book):
    for row in book.rows:
        for word in ("出生日期", "入校时间", "入会时间"):
            place = book.column(word)
            if isinstance(row[place], date):
                row[place] = dice.choice(SPELLINGS)(row[place])


def _swap_columns(dice, book):
    order = dice.sample(range(len(book.header)), len(book.header))
    book.header = [book.header[place] for place in order]
    book.rows = [[row[place] for place in order] if len(row) == len(order) else row for row in book.rows]


def _swap_the_header_only(dice, book):
    one, other = dice.sample(["工号", "姓名", "身份证号", "分工会", "入会时间", "备注"], 2)
    here, there = book.column(one), book.column(other)
    book.header[here], book.header[there] = book.header[there], book.header[here]


def _spaces(dice, book):
    for row in book.rows:
        for place, cell in enumerate(row):
            if isinstance(cell, str) and cell and dice.random() < 0.4:
                row[place] = dice.choice([f" {cell}", f"{cell}\u3000", f"\u200b{cell}", f"\xa0{cell} ", f"{cell}\n"])


def _full_width(dice, book):
    wide = str.maketrans("0123456789Xx-", "０１２３４５６７８９Ｘｘ－")
    for row in book.rows:
        for word in ("工号", "身份证号", "手机", "银行卡号", "入会时间"):
            place = book.column(word)
            if isinstance(row[place], str) and dice.random() < 0.5:
                row[place] = row[place].translate(wide)


def _numbers_as_floats(dice, book):
    for row in book.rows:
        for word in ("工号", "手机"):
            place = book.column(word)
            if str(row[place]).isascii() and str(row[place]).isdigit():
                row[place] = float(row[place])


def _precision_lost(dice, book):
    for row in dice.sample(book.rows, 3):
        cell = row[book.column("身份证号")]
        if str(cell).isascii() and str(cell).isdigit():
            row[book.column("身份证号")] = dice.choice(
                [float(cell), f"{float(cell):.14E}", "1.1E+17", cell[:15] + "000"]
            )


def _merged_branch(dice, book):
    place = book.column("分工会")
    book.rows.sort(key=lambda row: str(row[place]))
    for above, below in reversed(list(zip(book.rows, book.rows[1:], strict=False))):
        if above[place] == below[place] and dice.random() < 0.5:
            below[place] = ""


def _header_again(dice, book):
    book.rows.insert(dice.randrange(1, len(book.rows)), list(book.header))


def _header_on_two_rows(dice, book):
    lower = ["" if dice.random() < 0.5 else word for word in book.header]
    upper = ["" if low else word for word, low in zip(book.header, lower, strict=True)]
    book.above.append(upper)
    book.header = lower


def _blank_and_total_rows(dice, book):
    for extra in ([], ["\u3000"], ["小计：3人"], ["合 计", "", "制表人："]):
        book.rows.insert(dice.randrange(len(book.rows)), extra)


def _old_dates(dice, book):
    """A workbook that counts its days from 1904, bare serial numbers too, as Excel on an old Mac wrote it."""
    book.options["date_1904"] = True
    for row in book.rows:
        for word in ("出生日期", "入校时间", "入会时间"):
            place = book.column(word)
            if isinstance(row[place], int | float):
                row[place] -= 1462  # days from 1900-01-00 to 1904-01-01


def _hidden_sheet(dice, book):
    stranger = dict.fromkeys(HEADER, "1") | {"工号": "9999999", "姓名": "外人"}
    book.others["旧"] = [list(HEADER), [stranger[word] for word in HEADER]]
    book.hidden = ("旧",)


def _one_cell_gone(dice, book):
    for row in dice.sample(book.rows, 3):
        if len(row) == len(book.header):
            row[book.column(dice.choice(["工号", "姓名", "分工会", "入会时间"]))] = ""


def _impossible_dates(dice, book):
    for row in dice.sample(book.rows, 3):
        if len(row) == len(book.header):
            row[book.column("入会时间")] = dice.choice(
                ["2010-02-30", "2010.13.1", "九月", "2010年9月", 2010.9, 99999]
            )


def _doubled_rows(dice, book):
    double = list(dice.choice([row for row in book.rows if len(row) == len(book.header)]))
    book.rows.append(double)


def _formulas_as_text(dice, book):
    for row in dice.sample(book.rows, 2):
        if len(row) == len(book.header):
            row[book.column("姓名")] = '=HYPERLINK("http://127.0.0.1/","点我")'


# Mutations of the header come last: the ones before look their columns up by the plain wording.
MUTATIONS = [
    _spell_dates,
    _numbers_as_floats,
    _precision_lost,
    _one_cell_gone,
    _impossible_dates,
    _formulas_as_text,
    _merged_branch,
    _full_width,
    _spaces,
    _old_dates,
    _doubled_rows,
    _hidden_sheet,
    _blank_and_total_rows,
    _swap_columns,
    _header_again,
    _swap_the_header_only,
    _header_on_two_rows,
]


def mutated(seed: int) -> Book:
    dice = random.Random(seed)
    people = [make_person(dice, number) for number in range(PEOPLE)]
    book = Book(people, rows=[[person[word] for word in HEADER] for person in people])
    chosen = dice.sample(MUTATIONS, dice.randrange(1, 5))
    for mutate in sorted(chosen, key=MUTATIONS.index):
        mutate(dice, book)
    return book


def stored_people() -> dict[str, tuple]:
    """What the register holds, by staff number, in the shape of ``true_record``."""
    id_number, bank_card = (MemberSecret._meta.get_field(name) for name in ("id_number", "bank_card"))
    found = {}
    for member in Member.objects.select_related("secret").prefetch_related("memberships__branch"):
        [period] = member.memberships.all()
        found[member.staff_no] = (
            *(member.name, member.sex, member.birth_on, id_number.take(member.secret), period.branch.short_name),
            *(member.hired_on, period.from_on, period.until_on, member.phone, bank_card.take(member.secret)),
        )
    return found


def true_record(person: dict) -> tuple:
    return (
        *(person["姓名"], {"男": "male", "女": "female"}[person["性别"]], person["出生日期"], person["身份证号"]),
        *(person["分工会"], person["入校时间"], person["入会时间"]),
        person["left"] + timedelta(days=1) if person["left"] else None,
        *(person["手机"], person["银行卡号"]),
    )


def silent_changes(book: Book, path: Path) -> list[str]:
    """Staff numbers stored otherwise than they are, and people who are neither stored nor reported."""
    for short_name in BRANCHES:
        make_branch(name=f"{short_name}分工会", short_name=short_name)
    write_book(path, book.sheets(), hidden=book.hidden, **book.options)
    try:
        report = import_roster(path=path, actor=None, at=clock.now())
    except CannotImport:
        return [f"stored of a refused file: {staff_no}" for staff_no in stored_people()]
    truth = {person["工号"]: true_record(person) for person in book.people}
    stored = stored_people()
    doubted = {finding.place.staff_no for finding in report.warned}
    wrong = [no for no, record in stored.items() if truth.get(no) != record and no not in doubted]
    rows_of_people = sum(len(row) == len(HEADER) and not set(row).issubset(["", *HEADER]) for row in book.rows)
    if report.accepted + len(report.rejected) < rows_of_people:
        wrong.append(f"{rows_of_people - report.accepted - len(report.rejected)} rows passed over")
    return wrong


@pytest.mark.parametrize("seed", range(size(200, 5000)))
def test_a_mutated_roster_is_stored_exactly_or_refused_by_number(db, tmp_path, seed):
    book = mutated(seed)

    assert silent_changes(book, tmp_path / "花名册.xlsx") == [], f"seed {seed}"


def test_the_comparison_sees_a_silent_change(db, tmp_path):
    book = mutated(0)
    book.people[3]["入会时间"] += timedelta(days=1)

    assert silent_changes(book, tmp_path / "花名册.xlsx") == [book.people[3]["工号"]]
