"""The year's tables leave the house: who took which is on record."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.models import User
from finance import documents, journal
from finance.documents import Paper
from finance.models import FiscalYear

FORMATS = {"pdf": documents.pdf_of, "xlsx": documents.xlsx_of}


@transaction.atomic
def take_statement(*, year: FiscalYear, paper: Paper, format: str, actor: User, at: datetime) -> bytes:
    """预算表 or 决算表 of ``year`` as ``pdf`` or ``xlsx``. Raises ``PermissionDenied``, ``CannotRender``."""
    if not actor.has_perm("finance.print_budget"):
        raise PermissionDenied
    content = FORMATS[format](year, paper, clock.local_date(at))
    verb = "printed" if format == "pdf" else "exported"
    data = {"paper": str(paper), "year": year.year}
    audit.record(actor=actor, action=f"finance.fiscalyear.{verb}", target=year, data=data, at=at)
    return content


@transaction.atomic
def take_journal(*, year: FiscalYear, month: int | None, format: str, actor: User, at: datetime) -> bytes:
    """资金收支日记账 of a month or the year as ``pdf`` or ``xlsx``. Raises ``PermissionDenied``, ``CannotRender``."""
    if not actor.has_perm("finance.view_journal"):
        raise PermissionDenied
    content = journal.FORMATS[format](journal.journal_of(year, month), clock.local_date(at))
    verb = "printed" if format == "pdf" else "exported"
    data = {"paper": "journal", "year": year.year, "month": month}
    audit.record(actor=actor, action=f"finance.fiscalyear.{verb}", target=year, data=data, at=at)
    return content


@transaction.atomic
def take_comparison(*, years: Sequence[FiscalYear], actor: User, at: datetime) -> bytes:
    """These years beside each other as xlsx. Raises ``PermissionDenied``."""
    if not actor.has_perm("finance.print_budget"):
        raise PermissionDenied
    content = documents.comparison_xlsx(list(years), clock.local_date(at))
    data = {"paper": "comparison", "years": [year.year for year in years]}
    audit.record(actor=actor, action="finance.fiscalyear.exported", target=years[-1], data=data, at=at)
    return content
