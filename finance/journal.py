"""资金收支日记账: every payment, income and return of a year in the order of their days, with the balance after each.

It is the ledger read by the day: budget and commitments move no money and are not in it. What corrects a year after
its end stands in its December.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.db.models import Case, DecimalField, F, QuerySet, Sum, When
from django.utils.translation import gettext as _

from core.documents import render_pdf
from core.spreadsheets.writing import Column, open_writer
from finance.documents import union_name
from finance.enums import EntryKind
from finance.models import Entry, FiscalYear
from finance.rules import ZERO

_SIGNED = Case(
    When(kind=EntryKind.SPEND, then=-F("amount")), default=F("amount"), output_field=DecimalField(max_digits=14)
)


@dataclass(frozen=True)
class Day:
    """One movement; a reversal is negative on the side of what it takes back (红字)."""

    entry: Entry
    came: Decimal | None
    went: Decimal | None
    balance: Decimal


@dataclass(frozen=True)
class Journal:
    """``month`` None: the whole year. ``opening`` is what the fund held before the first row, yuan."""

    year: FiscalYear
    month: int | None
    opening: Decimal
    rows: list[Day]

    @property
    def came(self) -> Decimal:
        return sum((row.came or ZERO for row in self.rows), ZERO)

    @property
    def went(self) -> Decimal:
        return sum((row.went or ZERO for row in self.rows), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.came - self.went

    @property
    def title(self) -> str:
        return title_of(self.year, self.month)


def title_of(year: FiscalYear, month: int | None) -> str:
    words = _("%(year)s年%(month)s月资金收支日记账") if month else _("%(year)s年资金收支日记账")
    return words % {"year": year.year, "month": month}


def journal_of(year: FiscalYear, month: int | None) -> Journal:
    """In two queries. The balance begins with what was carried over from the year before."""
    moves = Entry.objects.filter(year=year, kind__in=[EntryKind.SPEND, EntryKind.REFUND, EntryKind.INCOME])
    before = moves.filter(booked_on__lt=date(year.year, month, 1)) if month else moves.none()
    opening = year.carried_over + (before.aggregate(sum=Sum(_SIGNED))["sum"] or ZERO)
    balance, rows = opening, []
    for entry in _of_month(moves, year.year, month).select_related("line__account", "line__branch", "actor"):
        spent = entry.kind == EntryKind.SPEND
        balance += -entry.amount if spent else entry.amount
        rows.append(Day(entry, None if spent else entry.amount, entry.amount if spent else None, balance))
    return Journal(year, month, opening, rows)


def _of_month(moves: QuerySet[Entry], year: int, month: int | None) -> QuerySet[Entry]:
    if month:
        moves = moves.filter(booked_on__gte=date(year, month, 1))
    if month and month < 12:
        moves = moves.filter(booked_on__lt=date(year, month + 1, 1))
    return moves.order_by("booked_on", "number")


def last_month(year: FiscalYear, today: date) -> int:
    """The month to begin with: the present one, of another year its December."""
    return today.month if today.year == year.year else 12


def pdf_of(journal: Journal, on: date) -> bytes:
    """On paper. The caller checks the permission and writes the audit entry. Raises ``CannotRender``."""
    return render_pdf("finance/journal_pdf.html", {"journal": journal, "on": on, "union": union_name()})


def xlsx_of(journal: Journal, on: date) -> bytes:
    """The same as a sheet, amounts as numbers."""
    titles = ((_("日期"), 12), (_("凭证号"), 14), (_("摘要"), 40), (_("预算"), 36), (_("收入"), 14), (_("支出"), 14))
    columns = [Column(f"c{n}", title, width) for n, (title, width) in enumerate((*titles, (_("结余"), 16)))]
    note = _("编制单位：%(union)s　编报日期：%(on)s　单位：元") % {"union": union_name(), "on": f"{on:%Y-%m-%d}"}
    file = BytesIO()
    with open_writer(file, columns, format="xlsx", title=journal.title, note=note) as write:
        write([None, "", _("期初结余"), "", None, None, journal.opening])
        for row in journal.rows:
            entry = row.entry
            facts = [entry.booked_on, str(entry), entry.text, entry.line.name]
            write([*facts, row.came, row.went, row.balance])
        write([None, "", _("本期合计"), "", journal.came, journal.went, journal.closing])
    return file.getvalue()


FORMATS = {"pdf": pdf_of, "xlsx": xlsx_of}
