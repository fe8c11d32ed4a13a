"""The union fund: the accountant plans and books, the chair opens, money's readers read; the staff see lines."""

from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role
from finance.enums import Side
from finance.models import Account, Allotment, BudgetLine, Entry, FiscalYear
from finance.services import allotments, budget, ledger, years
from finance.services.allotments import plan_of
from finance.services.ledger import Part
from tests.cast import Cast
from tests.matrix.admin import AUDITOR, CHAIR, STAFF, may, pages
from tests.matrix.table import ADMIN, Row

ACCOUNTANT = frozenset({Role.ACCOUNTANT})
BOOKS = ACCOUNTANT | CHAIR | AUDITOR
LINES = BOOKS | STAFF
JOURNALS = BOOKS | {Role.CASHIER}


def _account(cast: Cast, side: str = Side.SPENDING) -> Account:
    code = {"spending": "501", "income": "401"}[side]
    name = {"spending": "职工活动支出", "income": "会费收入"}[side]
    return Account.objects.get_or_create(code=code, defaults={"name": name, "side": side})[0]


def _plan(cast: Cast, year: int) -> FiscalYear:
    """A year with two lines, still to be opened."""
    found = FiscalYear.objects.filter(year=year).first()
    if found:
        return found
    by = {"actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}
    planned = years.plan_year(year=year, carried_over=Decimal(100), drawn=Decimal(0), **by)
    for side in Side.values:
        given = {"branch": None, "project": "", "amount": Decimal(1000), "key": uuid4()}
        budget.set_budget(year=planned, account=_account(cast, side), **given, **by)
    return planned


def _year(cast: Cast) -> FiscalYear:
    """This year, open."""
    year = _plan(cast, clock.today().year)
    if year.state == "planned":
        year = years.open_year(year=year, document="决议1号", actor=cast.users[Role.CHAIR], at=clock.now())
    return year


def _last_year(cast: Cast) -> FiscalYear:
    """Over, but not closed."""
    year = _plan(cast, clock.today().year - 1)
    if year.state == "planned":
        year = years.open_year(year=year, document="决议1号", actor=cast.users[Role.CHAIR], at=clock.now())
    return year


def _next_year(cast: Cast) -> FiscalYear:
    return _plan(cast, clock.today().year + 1)


def _line(cast: Cast) -> BudgetLine:
    return BudgetLine.objects.get(year=_year(cast), account=_account(cast), branch=None, project="")


def _income_line(cast: Cast) -> BudgetLine:
    return BudgetLine.objects.get(year=_year(cast), account=_account(cast, Side.INCOME))


def _entry(cast: Cast) -> Entry:
    """A spending that nobody has reversed."""
    line = _line(cast)
    found = Entry.objects.filter(line=line, kind="spend", reverses=None, reversal=None).first()
    if found:
        return found
    parts = [Part(line, Decimal(1), "购书")]
    return ledger.spend(parts=parts, key=uuid4(), actor=cast.users[Role.ACCOUNTANT], at=clock.now())[0]


def _head_count(cast: Cast) -> dict:
    """One yuan for everybody who is on the roll today."""
    tried = {"on": clock.today(), "per_head": Decimal("1.00")}
    return {**tried, "seen": plan_of(**tried).fingerprint}


def _allotment(cast: Cast) -> Allotment:
    if found := Allotment.objects.first():
        return found
    about = {"project": "", "text": "活动经费", "document": "1号", **_head_count(cast)}
    by = {"key": uuid4(), "actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}
    return allotments.allot(out_of=_line(cast), **about, **by)


def _held(cast: Cast) -> FiscalYear:
    """Last year cannot hold anything back any more: what is refused is a year without commitments."""
    return _last_year(cast)


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _none_needed(cast: Cast) -> dict:
    """No part of the address, but a year to compare."""
    _year(cast)
    return {}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


def _act(route: str, made, who) -> list[Row]:
    """A page with a form: opened and refused empty by ``who``."""
    return [
        Row(route, get=may(who), post=may(who), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(who, 404), post=may(who, 404), kwargs=_nobody),
    ]


def _paper(paper: str, format: str):
    return lambda cast: {"pk": _year(cast).pk, "paper": paper, "format": format}


def _journal(format: str):
    return lambda cast: {"pk": _year(cast).pk, "format": format}


YEAR, LINE = "admin/finance/fiscalyear/<int:pk>", "admin/finance/budgetline/<int:pk>"
FROM = "admin/finance/allotment/from/<int:pk>/"
COMPARED = "admin/finance/fiscalyear/compare.xlsx"
PAPER = f"{YEAR}/<str:paper>.<str:format>"
JOURNAL, JOURNAL_FILE = f"{YEAR}/journal/", f"{YEAR}/journal.<str:format>"
WRONG_METHOD = may(ADMIN, 405)
ROWS = [
    *pages("finance/fiscalyear", _year, view=LINES, add=ACCOUNTANT),
    *pages("finance/budgetline", _line, view=LINES, add=ACCOUNTANT),
    *pages("finance/entry", _entry, view=BOOKS),
    *pages("finance/allotment", _allotment, view=BOOKS),
    *pages("finance/account", _account, view=LINES, add=ACCOUNTANT, change=ACCOUNTANT),
    Row("admin/finance/account/import/", get=may(ACCOUNTANT), post=may(ACCOUNTANT)),
    Row("admin/finance/account/export.xlsx", get=may(LINES), post=WRONG_METHOD),
    *_act(f"{LINE}/revise/", _line, ACCOUNTANT),
    *_act(f"{LINE}/transfer/", _line, ACCOUNTANT),
    *_act(f"{LINE}/income/", _income_line, ACCOUNTANT),
    *_act(f"{LINE}/spend/", _line, ACCOUNTANT),
    *_act("admin/finance/entry/<int:pk>/refund/", _entry, ACCOUNTANT),
    *_act(FROM, _line, ACCOUNTANT),
    *_act("admin/finance/entry/<int:pk>/reverse/", _entry, ACCOUNTANT),
    *_act(f"{YEAR}/open/", _next_year, CHAIR),
    *_act(f"{YEAR}/expire/", _held, ACCOUNTANT),
    *_act(f"{YEAR}/close/", _last_year, ACCOUNTANT),
    Row(JOURNAL, get=may(JOURNALS), post=WRONG_METHOD, kwargs=_pk(_year)),
    Row(JOURNAL, label=" nobody", get=may(JOURNALS, 404), post=WRONG_METHOD, kwargs=_nobody),
    Row(JOURNAL_FILE, get=may(JOURNALS), post=WRONG_METHOD, kwargs=_journal("xlsx")),
    Row(JOURNAL_FILE, label=" pdf", get=may(JOURNALS), post=WRONG_METHOD, kwargs=_journal("pdf")),
    Row(JOURNAL_FILE, label=" unknown", get=may(JOURNALS, 404), post=WRONG_METHOD, kwargs=_journal("exe")),
    Row("admin/finance/fiscalyear/compare/", get=may(LINES), post=WRONG_METHOD),
    Row(COMPARED, get=may(BOOKS), post=WRONG_METHOD, kwargs=_none_needed),
    Row(PAPER, get=may(BOOKS), post=WRONG_METHOD, kwargs=_paper("budget", "xlsx")),
    Row(PAPER, label=" pdf", get=may(BOOKS), post=WRONG_METHOD, kwargs=_paper("final", "pdf")),
    Row(PAPER, label=" unknown", get=may(BOOKS, 404), post=WRONG_METHOD, kwargs=_paper("budget", "exe")),
]
FILES = {PAPER, JOURNAL_FILE, COMPARED, "admin/finance/account/export.xlsx"}


def _new_line(cast: Cast) -> dict:
    given = {"year": _year(cast).pk, "account": _account(cast).pk, "branch": cast.branch.pk, "project": "运动会"}
    return {**{name: str(value) for name, value in given.items()}, "amount": "500.00", "document": "1号"}


def _all_of_an_allotment(cast: Cast) -> dict:
    """Its form is there when it has been tried: with the key of the page that showed it."""
    given = {"text": "活动经费", "document": "1号", "intent_key": uuid4(), **_head_count(cast)}
    return {name: str(value) for name, value in given.items()}


def _other_line(cast: Cast) -> str:
    """Where a transfer can go."""
    given = {"year": _year(cast), "account": _account(cast), "branch": None, "project": "读书会"}
    found = BudgetLine.objects.filter(**given).first()
    if found is None:
        by = {"actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}
        found = budget.set_budget(**given, amount=Decimal(1), document="1号", key=uuid4(), **by)
    return str(found.pk)


PAPERS = {"reason": "调整", "document": "经审1号"}
FILLED = {
    "admin/finance/fiscalyear/add/": lambda cast: {"year": "2050", "carried_over": "0", "drawn": "0"},
    "admin/finance/budgetline/add/": _new_line,
    "admin/finance/account/add/": lambda cast: {"code": "599", "name": "新科目", "side": "spending"},
    "admin/finance/account/<path:object_id>/change/": lambda cast: {"name": "职工活动类支出"},
    f"{LINE}/revise/": lambda cast: {"by": "5.00", **PAPERS},
    f"{LINE}/transfer/": lambda cast: {"into": _other_line(cast), "amount": "1.00", **PAPERS},
    FROM: _all_of_an_allotment,
    f"{LINE}/income/": lambda cast: {"amount": "7.00", "text": "会费", "document": "回单"},
    f"{LINE}/spend/": lambda cast: {"amount": "0.50", "text": "购书", "document": "凭证1号"},
    "admin/finance/entry/<int:pk>/refund/": lambda cast: {"amount": "0.01", "text": "退货", "document": "凭证2号"},
    "admin/finance/entry/<int:pk>/reverse/": lambda cast: {"reason": "登错"},
    f"{YEAR}/open/": lambda cast: {"document": "决议2号"},
    f"{YEAR}/close/": lambda cast: {},
}
NOT_FILLED = {
    "admin/finance/account/import/": "takes a file; tests/finance/test_admin.py",
    f"{YEAR}/expire/": "the scene's year is over and holds nothing back; tests/finance/test_years.py",
}
