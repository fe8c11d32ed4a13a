"""The year's movements of money, day by day, as a page and on paper."""

from io import BytesIO

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from core.clock import local_date
from core.documents import CannotRender
from core.requests import SignedInRequest
from finance.journal import FORMATS, journal_of, last_month, title_of
from finance.models import FiscalYear
from finance.services.printing import take_journal

_WHOLE = "all"


def journal_urls(site: AdminSite) -> list[URLPattern]:
    """Below the address of a year."""

    @require_safe
    def shown(request: SignedInRequest, pk: int) -> HttpResponse:
        year = _year(request, pk)
        journal = journal_of(year, _month(request, year))
        context = site.each_context(request) | {
            "title": journal.title,
            "journal": journal,
            "months": range(1, 13),
            "chosen": journal.month or _WHOLE,
            "years": FiscalYear.objects.exclude(pk=pk),
        }
        return render(request, "admin/finance/journal.html", context)

    @require_safe
    def taken(request: SignedInRequest, pk: int, format: str) -> HttpResponse | FileResponse:
        year = _year(request, pk)
        if format not in FORMATS:
            raise Http404
        month = _month(request, year)
        try:
            content = take_journal(year=year, month=month, format=format, actor=request.user, at=request.at)
        except CannotRender as missing:
            messages.error(request, missing.message)
            return redirect(f"{reverse('admin:finance_journal', args=[pk])}?month={month or _WHOLE}")
        filename = f"{title_of(year, month)}.{format}"
        return FileResponse(BytesIO(content), filename=filename, as_attachment=format != "pdf")

    wrap = site.admin_view
    return [
        path("<int:pk>/journal/", wrap(shown), name="finance_journal"),
        path("<int:pk>/journal.<str:format>", wrap(taken), name="finance_journal_file"),
    ]


def _year(request: SignedInRequest, pk: int) -> FiscalYear:
    if not request.user.has_perm("finance.view_journal"):
        raise PermissionDenied
    return get_object_or_404(FiscalYear, pk=pk)


def _month(request: SignedInRequest, year: FiscalYear) -> int | None:
    """The month asked for, None for the whole year; anything else is the month to begin with."""
    asked = request.GET.get("month", "")
    if asked == _WHOLE:
        return None
    known = {str(month): month for month in range(1, 13)}
    return known.get(asked) or last_month(year, local_date(request.at))
