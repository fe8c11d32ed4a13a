"""The notice board in the portal and, for what is public, before sign-in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import attachments
from core.clock import local_date
from core.requests import SignedInRequest
from notices import board
from notices.models import Announcement, NewsColumn, Receipt
from notices.services import announcing

PAGE_SIZE = 20


def _page(request: HttpRequest, found, *, template: str) -> HttpResponse:
    """A list of announcements, by column where one is asked for."""
    columns = list(NewsColumn.objects.filter(is_active=True))
    asked = request.GET.get("column", "")
    chosen = next((column for column in columns if str(column.pk) == asked), None)
    if chosen:
        found = found.filter(column=chosen)
    today = local_date(request.at)  # type: ignore[attr-defined]
    rows = found.select_related("column").pinned_first(today)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, template, {"page": page, "columns": columns, "chosen": chosen, "today": today})


@require_safe
@login_required
def news(request: SignedInRequest) -> HttpResponse:
    """What is meant for me, pinned first."""
    mine = Announcement.objects.read_by(request.user, request.at)
    return _page(request, mine, template="notices/news.html")


@require_safe
@login_required
def announcement(request: SignedInRequest, pk: int) -> HttpResponse:
    """One announcement that is meant for me, its files, and the receipt that it may ask for."""
    found = get_object_or_404(Announcement.objects.read_by(request.user, request.at), pk=pk)
    receipt = Receipt.objects.filter(announcement=found, user=request.user).first()
    files = list(attachments.of(found))
    given = {"announcement": found, "receipt": receipt, "files": files, "officer": bool(request.user.branch_ids)}
    return render(request, "notices/announcement.html", given)


@require_POST
@login_required
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """我已阅读."""
    found = get_object_or_404(Announcement.objects.read_by(request.user, request.at), pk=pk)
    try:
        announcing.confirm(announcement=found, actor=request.user, at=request.at)
    except announcing.CannotAnnounce as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("已登记阅读回执。"))
    return redirect("notices:announcement", pk=pk)


@require_safe
@login_required
def reading(request: SignedInRequest, pk: int) -> HttpResponse:
    """The branch officer's view: who of his branch has not confirmed yet."""
    if not request.user.branch_ids:
        raise Http404
    mine = Announcement.objects.read_by(request.user, request.at).filter(needs_receipt=True)
    found = get_object_or_404(mine, pk=pk)
    given = {"announcement": found, "reading": board.reading_of(found, user=request.user, at=request.at)}
    return render(request, "notices/reading.html", given)


@require_safe
def public_news(request: HttpRequest) -> HttpResponse:
    """What the union tells everybody."""
    shown = Announcement.objects.public(request.at)  # type: ignore[attr-defined]
    return _page(request, shown, template="notices/public_news.html")


@require_safe
def public_announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """One public announcement; its files are for who is signed in."""
    found = get_object_or_404(Announcement.objects.public(request.at), pk=pk)  # type: ignore[attr-defined]
    given = {"announcement": found, "has_files": attachments.of(found).exists()}
    return render(request, "notices/public_announcement.html", given)
