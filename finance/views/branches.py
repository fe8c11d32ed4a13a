"""The branch's own money in the portal: its officer reads what is left and what moved it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from finance.enums import Side
from finance.selectors_branches import fund_of, lines_of, story_of


@require_safe
@login_required
def branch_fund(request: SignedInRequest) -> HttpResponse:
    """分工会经费: the lines of my branches in one year."""
    if not request.user.branch_ids:
        raise Http404
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else None
    fund = fund_of(request.user.branch_ids, year=year)
    return render(request, "finance/branch_fund.html", {"fund": fund, "several": len(request.user.branch_ids) > 1})


@require_safe
@login_required
def branch_line(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of my branches' lines, down to its entries."""
    line = get_object_or_404(lines_of(request.user.branch_ids), pk=pk)
    story = story_of(line, after=request.GET.get("after", ""))
    shown = {"line": line, "story": story, "is_income": line.side == Side.INCOME}
    return render(request, "finance/branch_line.html", shown)
