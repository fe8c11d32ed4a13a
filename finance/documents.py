"""What the fund prints: 预算表 and 决算表 in the layout that unions hand in (REGULATIONS.md 8.2), as PDF and xlsx."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.documents import render_pdf
from core.spreadsheets.writing import Column, open_writer
from finance.models import FiscalYear
from finance.rules import ZERO
from finance.selectors import Head, Statement, Sums, statement_of
from finance.selectors_years import comparison_of


class Paper(TextChoices):
    """The two tables of a year."""

    BUDGET = "budget", gettext_lazy("工会经费收支预算表")
    FINAL = "final", gettext_lazy("工会经费收支决算表")


@dataclass(frozen=True)
class Row:
    """One row of a table; ``figures`` are the two columns of amounts, ``share`` 完成 % where there is one."""

    code: str
    name: str
    figures: tuple[Decimal | None, Decimal | None]
    share: Decimal | None = None
    note: str = ""
    kind: str = ""  # "", sub, total


def pdf_of(year: FiscalYear, paper: Paper, on: date) -> bytes:
    """The table as PDF, drawn up on that day. The caller checks the permission and writes the audit entry.

    Raises ``core.documents.CannotRender``.
    """
    shown = {"paper": paper, "year": year, "on": on, "union": union_name()}
    rows = {"heads": heads(paper), "rows": list(rows_of(statement_of(year), paper))}
    return render_pdf("finance/statement_pdf.html", shown | rows)


def xlsx_of(year: FiscalYear, paper: Paper, on: date) -> bytes:
    """The same table as a sheet, amounts as numbers."""
    columns = [Column(f"c{n}", head, width) for n, (head, width) in enumerate(heads(paper))]
    facts = {"union": union_name(), "year": year.year, "on": f"{on:%Y-%m-%d}"}
    note = _("编制单位：%(union)s　年度：%(year)s　编报日期：%(on)s　单位：元") % facts
    file = BytesIO()
    with open_writer(file, columns, format="xlsx", title=str(paper.label), note=note) as write:
        for row in rows_of(statement_of(year), paper):
            name = f"　{row.name}" if row.kind == "sub" else row.name
            share = [row.share] if paper == Paper.FINAL else []
            write([row.code, name, *row.figures, *share, row.note])
    return file.getvalue()


def comparison_xlsx(years: list[FiscalYear], on: date) -> bytes:
    """Years beside each other as a sheet, amounts as numbers; the oldest first."""
    heads = [(_("编号"), 10), (_("名称"), 30)]
    for year in years:
        heads += [
            (_("%(year)s预算") % {"year": year}, 16),
            (_("%(year)s实际") % {"year": year}, 16),
            (_("完成%"), 10),
        ]
    columns = [Column(f"c{n}", head, width) for n, (head, width) in enumerate(heads)]
    note = _("编制单位：%(union)s　编报日期：%(on)s　单位：元") % {"union": union_name(), "on": f"{on:%Y-%m-%d}"}
    compared = comparison_of(years)
    file = BytesIO()
    with open_writer(file, columns, format="xlsx", title=_("工会经费年度对比"), note=note) as write:
        for rows, total in ((compared.income, _("收入合计")), (compared.spending, _("支出合计"))):
            for row in rows:
                name = total if row.kind == "total" else f"　{row.name}" if row.kind == "sub" else row.name
                figures = [figure for cell in row.cells for figure in (cell.budget, cell.actual, cell.share)]
                write([row.code, name, *figures])
    return file.getvalue()


def union_name() -> str:
    return f"{settings.SCHOOL_NAME}{settings.UNION_NAME}"


def heads(paper: Paper) -> list[tuple[Any, int]]:
    """(title, width in characters) of each column."""
    first = [(_("编号"), 10), (_("名称"), 30)]
    if paper == Paper.BUDGET:
        return [*first, (_("上年决算数"), 16), (_("本年预算数"), 16), (_("说明"), 40)]
    return [*first, (_("本年预算数"), 16), (_("本年决算数"), 16), (_("完成%"), 10), (_("说明"), 40)]


def rows_of(statement: Statement, paper: Paper) -> Iterator[Row]:
    """The rows in the form's order: what was carried over, income, spending, what is left."""
    year, before = statement.year, statement.before
    last = (before.carried_over, before.drawn) if before else (None, None)
    is_budget = paper == Paper.BUDGET
    for name, was, now in ((_("上年结转"), last[0], year.carried_over), (_("动用以前年度结余"), last[1], year.drawn)):
        yield Row("", name, (was, now) if is_budget else (now, now), kind="total")
    yield from _side(statement.income, statement.income_total, _("本年收入合计"), is_budget)
    yield from _side(statement.spending, statement.spending_total, _("本年支出合计"), is_budget)
    planned = statement.balance
    figures = (statement.last_balance, planned) if is_budget else (planned, statement.actual_balance)
    yield Row("", _("结转／结余"), figures, kind="total")


def _side(side: list[Head], total: Sums, words: str, is_budget: bool) -> Iterator[Row]:
    for head in side:
        yield _row(head, is_budget, "")
        for sub in head.below:
            yield _row(sub, is_budget, "sub")
    yield Row("", words, _figures(total, is_budget), None if is_budget else total.share, kind="total")


def _row(head: Head, is_budget: bool, kind: str) -> Row:
    share = None if is_budget else head.sums.share
    return Row(head.account.code, head.account.name, _figures(head.sums, is_budget), share, head.note[:80], kind)


def _figures(sums: Sums, is_budget: bool) -> tuple[Decimal | None, Decimal | None]:
    return (sums.last, sums.budget) if is_budget else (sums.budget, sums.actual or ZERO)
