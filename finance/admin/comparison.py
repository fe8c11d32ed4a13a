"""Years beside each other: a table by heads, bars of what came in and was spent, and the same as a sheet."""

from decimal import Decimal
from io import BytesIO
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.requests import SignedInRequest
from finance.forms import CompareForm
from finance.models import FiscalYear
from finance.rules import ZERO
from finance.selectors_years import Row, comparison_of, years_to
from finance.services.printing import take_comparison


class Bar(NamedTuple):
    """One year of a head: ``width`` in percent of the longest bar of its side."""

    year: FiscalYear
    amount: Decimal
    width: str


def comparison_view(request: SignedInRequest, *, context: dict[str, Any]) -> HttpResponse:
    """``year`` and ``number`` in the address; the newest year and the one before it where they say nothing."""
    if not request.user.has_perm("finance.view_fiscalyear"):
        raise PermissionDenied
    years = _asked(request)
    compared = comparison_of(years)
    asked = CompareForm(initial={"year": years[-1].year if years else None, "number": max(len(years), 2)})
    shown = {
        "title": _("年度对比"),
        "form": asked,
        "compared": compared,
        "income_bars": bars_of(compared.income),
        "spending_bars": bars_of(compared.spending),
    }
    return TemplateResponse(request, "admin/finance/comparison.html", {**context, **shown})


def comparison_file(request: SignedInRequest) -> FileResponse:
    """The same table as a sheet."""
    if not request.user.has_perm("finance.print_budget"):
        raise PermissionDenied
    years = _asked(request)
    if not years:
        raise Http404
    content = take_comparison(years=years, actor=request.user, at=request.at)
    return FileResponse(BytesIO(content), filename=_("工会经费年度对比.xlsx"), as_attachment=True)


def _asked(request: SignedInRequest) -> list[FiscalYear]:
    form = CompareForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    year = FiscalYear.objects.filter(year=given["year"]).first() if given else FiscalYear.objects.first()
    return years_to(year, int(given.get("number", 2))) if year else []


def bars_of(rows: list[Row]) -> list[tuple[str, list[Bar]]]:
    """The heads of their own with a bar for each year, drawn in one scale."""
    tops = [row for row in rows if not row.kind]
    longest = max((cell.actual for row in tops for cell in row.cells), default=ZERO)
    return [
        (
            row.name,
            [Bar(year, cell.actual, f"{max(cell.actual, ZERO) * 100 / longest:.2f}") for year, cell in row.by_year],
        )
        for row in tops
        if any(cell.actual for cell in row.cells) and longest > 0
    ]
