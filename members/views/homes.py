"""The branch's staff home in the portal: the sheet of each year."""

from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.requests import SignedInRequest
from members.enums import HomeState
from members.forms.homes import SheetForm
from members.models import Branch, HomeAssessment
from members.services import homes
from members.services.printing_people import print_home


@require_safe
@login_required
def my_homes(request: SignedInRequest) -> HttpResponse:
    """Sheets of my branches, and a button for one that is not begun."""
    if not request.user.branch_ids:
        raise Http404
    year = clock.local_date(request.at).year
    branches = Branch.objects.filter(pk__in=request.user.branch_ids)
    rows = list(HomeAssessment.objects.filter(branch__in=branches).select_related("branch"))
    begun = {(row.branch_id, row.year) for row in rows}
    missing = [branch for branch in branches if (branch.pk, year) not in begun]
    return render(request, "members/homes.html", {"rows": rows, "missing": missing, "year": year})


@require_POST
@login_required
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    """This year's sheet of one of my branches."""
    branch = get_object_or_404(Branch.objects.filter(pk__in=request.user.branch_ids), pk=pk)
    year = clock.local_date(request.at).year
    try:
        made = homes.start(branch=branch, year=year, actor=request.user, at=request.at)
    except homes.CannotAssess as refused:
        messages.error(request, refused.message)
        return redirect("members:homes")
    return redirect("members:home", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """One sheet: filled in while it is a draft, read afterwards."""
    row = get_object_or_404(_mine(request), pk=pk)
    scores = row.scores.select_related("criterion")
    form = SheetForm(request.POST if request.method == "POST" else None, scores=scores, column="own")
    if request.method == "POST" and form.is_valid():
        submit = request.POST.get("do") == "submit"
        try:
            homes.fill(assessment=row, scores=form.said(), submit=submit, actor=request.user, at=request.at)
        except homes.CannotAssess as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已提交，请等待校工会考核。") if submit else _("已保存。"))
            return redirect("members:home", pk)
    return render(request, "members/home.html", {"row": row, "form": form, "open": row.state == HomeState.DRAFT})


@require_safe
@login_required
def sheet_pdf(request: SignedInRequest, pk: int) -> FileResponse:
    row = get_object_or_404(HomeAssessment.objects.visible_to(request.user), pk=pk)
    pdf = print_home(assessment=row, actor=request.user, at=request.at)
    return FileResponse(BytesIO(pdf), filename=_("教工小家考核表.pdf"), content_type="application/pdf")


def _mine(request: SignedInRequest):
    return HomeAssessment.objects.filter(branch__in=request.user.branch_ids).select_related("branch", "standard")
