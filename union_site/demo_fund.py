"""The demo union's fund: last year closed, this year in the middle of being carried out. All of it invented."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import uuid4

from django.utils import timezone

from core.clock import local_date
from core.models import User
from finance.enums import Side
from finance.models import Account, BudgetLine, FiscalYear
from finance.selectors import left_over
from finance.services import budget, ledger, years
from finance.services.allotments import allot, plan_of
from finance.services.budget import Change
from finance.services.ledger import Part
from members.models import Branch

Act = tuple[date, Callable[[], Any]]
CHAIR, ACCOUNTANT = "1900043", "1900055"
# Code of the head, project, (budget, came in or spent) of the year before last, budget and how much of it is done.
INCOME = (
    ("401", "", (180_000, 176_412), 182_000, "70.5"),
    ("402", "", (1_520_000, 1_534_880), 1_560_000, "66"),
    ("40302", "", (50_000, 50_000), 40_000, "100"),
    ("405", "", (600_000, 600_000), 650_000, "75"),
    ("408", "", (5_000, 6_318), 5_000, "42.2"),
)
SPENDING = (
    ("50101", "", (60_000, 48_300), 60_000, "35"),
    ("50102", "教职工运动会", (120_000, 113_640), 130_000, "90.5"),
    ("50102", "文体协会", (90_000, 82_155), 90_000, "64"),
    ("50103", "", (40_000, 31_200), 40_000, "51"),
    ("50104", "", (80_000, 76_000), 80_000, "0"),
    ("50105", "节日慰问", (1_150_000, 1_143_600), 1_200_000, "71"),
    ("50105", "生日、婚育、退休慰问", (260_000, 248_750), 270_000, "68"),
    ("50302", "一分会一品牌", (110_000, 104_000), 110_000, "45"),
    ("50303", "", (75_000, 74_480), 76_000, "100"),
    ("50404", "", (60_000, 52_000), 60_000, "50"),
    ("50405", "", (70_000, 70_000), 70_000, "100"),
    ("50502", "双代会", (45_000, 39_870), 45_000, "88"),
    ("507", "", (30_000, 28_600), 20_000, "0"),
)
BOTH = INCOME + SPENDING
_TEXTS = {"401": "会员会费", "402": "工会经费拨缴", "40302": "上级工会专项补助", "405": "学校行政补助"}
_PAPER = "记账凭证"
BRANCH_PROJECT = "分工会活动经费"
PER_BRANCH = 6_000
PER_HEAD = Decimal(30)
HELD = (("50102", "教职工运动会", 8_000, "运动会奖品采购"), ("50105", "节日慰问", 96_000, "元旦慰问品采购"))


def load(*, at: datetime) -> None:
    """Needs the branches, the accounts of the cast and the heads of ``load_reference``."""
    today = local_date(at)
    last = _plan(today.year - 1, carried_over=Decimal(86_500), drawn=Decimal(40_000), at=at)
    lines = [(_line(last, code, project, then[0], at), then[1]) for code, project, then, _now, _share in BOTH]
    last = _open(last, at)
    for line, done in lines:
        _book(line, Decimal(done), date(last.year, 11, 20), at)
    years.close_year(year=last, actor=_user(ACCOUNTANT), at=at)
    _this_year(today.year, at)


def _this_year(number: int, at: datetime) -> None:
    carried = left_over(number) or Decimal(0)
    year = _plan(number, carried_over=carried, drawn=min(carried, Decimal(60_000)), at=at)
    lines = [(_line(year, code, project, now, at), share) for code, project, _then, now, share in BOTH]
    branches = [
        _line(year, "50102", BRANCH_PROJECT, PER_BRANCH, at, branch=branch)
        for branch in Branch.objects.filter(parent__isnull=False).order_by("position", "pk")
    ]
    year = _open(year, at)
    acts = [*_booked(lines, branches, number, at), *_committed(year, at), *_revised(year, at)]
    for _on, act in sorted(acts, key=itemgetter(0)):  # numbers follow the days
        act()


def _booked(
    lines: list[tuple[BudgetLine, str]], branches: list[BudgetLine], year: int, at: datetime
) -> Iterator[Act]:
    for n, (line, share) in enumerate(lines):
        half = (line.budget * Decimal(share) / 200).quantize(Decimal("0.01"))
        for month in (3, 9):
            on = date(year, month, 5 + n)
            yield on, partial(_book, line, half, on, at)
    for n, line in enumerate(branches):
        on = date(year, 5, 16)
        yield on, partial(_book, line, Decimal(n * 430), on, at)


def _committed(year: FiscalYear, at: datetime) -> Iterator[Act]:
    on = date(year.year, 10, 25)
    for code, project, amount, text in HELD:
        given: dict[str, Any] = {"key": uuid4(), "actor": _user(ACCOUNTANT), "at": _moment(on, at)}
        part = Part(_found(year, code, project), Decimal(amount), text)
        yield on, partial(ledger.reserve, parts=[part], **given)


def _revised(year: FiscalYear, at: datetime) -> Iterator[Act]:
    """A rise by the year's revision, a transfer, and a spending that was booked to the wrong line."""
    on = date(year.year, 6, 20)
    given: dict[str, Any] = {"actor": _user(ACCOUNTANT), "at": _moment(on, at)}
    paper: dict[str, Any] = {"document": f"经审会审查意见〔{year.year}〕3号", **given}
    change = [Change(_found(year, "50105", "节日慰问"), Decimal(20_000))]
    reason = "新入职教职工增加，年中调整"
    yield on, partial(budget.revise_budget, changes=change, reason=reason, key=uuid4(), **paper)
    gala = _found(year, "50102", "教职工运动会")
    move: dict[str, Any] = {"out_of": _found(year, "50102", "文体协会"), "into": gala, "amount": Decimal(5_000)}
    yield on, partial(budget.transfer_budget, **move, reason="运动会增设项目", key=uuid4(), **paper)
    autumn = date(year.year, 9, 28)
    yield autumn, partial(_allot, _found(year, "50102", "文体协会"), autumn, at)

    def wrong() -> None:
        parts = [Part(gala, Decimal(1_260), "书法协会宣纸")]
        (entry,) = ledger.spend(parts=parts, key=uuid4(), **given)
        ledger.reverse(entry=entry, reason="应列文体协会，登错项目", key=uuid4(), **given)

    yield on, wrong


def _plan(number: int, *, carried_over: Decimal, drawn: Decimal, at: datetime) -> FiscalYear:
    when = _moment(date(number, 1, 5), at)
    return years.plan_year(year=number, carried_over=carried_over, drawn=drawn, actor=_user(ACCOUNTANT), at=when)


def _open(year: FiscalYear, at: datetime) -> FiscalYear:
    when = _moment(date(year.year, 1, 12), at)
    return years.open_year(year=year, document=f"{year.year}年教代会预算决议", actor=_user(CHAIR), at=when)


def _line(
    year: FiscalYear, code: str, project: str, amount: int, at: datetime, branch: Branch | None = None
) -> BudgetLine:
    account, when = Account.objects.get(code=code), _moment(date(year.year, 1, 6), at)
    given: dict[str, Any] = {
        "year": year,
        "account": account,
        "branch": branch,
        "project": project,
        "amount": Decimal(amount),
    }
    return budget.set_budget(**given, key=uuid4(), actor=_user(ACCOUNTANT), at=when)


def _book(line: BudgetLine, amount: Decimal, on: date, at: datetime) -> None:
    """What came in on an income line, what was spent on another one."""
    if not amount:
        return
    is_income = line.side == Side.INCOME
    part = Part(line, amount, _TEXTS.get(line.account.code, line.project or line.account.name), document=_PAPER)
    act = ledger.record_income if is_income else ledger.spend
    act(parts=[part], key=uuid4(), actor=_user(ACCOUNTANT), at=_moment(on, at))


def _found(year: FiscalYear, code: str, project: str) -> BudgetLine:
    return BudgetLine.objects.named().get(year=year, account__code=code, project=project, branch=None)


def _allot(line: BudgetLine, on: date, at: datetime) -> None:
    """So much for everybody on the roll of the day, to the branches."""
    tried: dict[str, Any] = {"on": min(on, local_date(at)), "per_head": PER_HEAD}
    about: dict[str, Any] = {
        "text": "秋季登山健步活动经费",
        "document": f"校工会委员会纪要〔{on.year}〕7号",
        "project": BRANCH_PROJECT,
    }
    seen = plan_of(**tried).fingerprint
    given: dict[str, Any] = {"key": uuid4(), "actor": _user(ACCOUNTANT), "at": _moment(on, at)}
    allot(out_of=line, **tried, **about, seen=seen, **given)


def _moment(on: date, at: datetime) -> datetime:
    """Ten in the morning of that day; now where that is still to come."""
    return min(timezone.make_aware(datetime.combine(on, time(10))), at)


def _user(username: str) -> User:
    return User.objects.get(username=username)
