"""The branch officer's side of the runs: which there are, and his people in each."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from welfare import story
from welfare.enums import BenefitState
from welfare.models import Entitlement
from welfare.selectors import runs_of_branches


@require_safe
@login_required
def branch_runs(request: SignedInRequest) -> HttpResponse:
    """Runs in which my branches have somebody."""
    if not request.user.branch_ids:
        raise Http404
    runs = list(runs_of_branches(request.user.branch_ids)[:50])
    return render(request, "welfare/branch_runs.html", {"runs": runs})


@require_safe
@login_required
def branch_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """My people in one run: who is due it and has it; who of the branch is not, and why."""
    run = get_object_or_404(runs_of_branches(request.user.branch_ids), pk=pk)
    people = Entitlement.objects.filter(benefit=run, branch__in=request.user.branch_ids).select_related("member")
    ordered = people.order_by("branch__position", "branch", "member__pinyin", "member")
    given = {
        "run": run,
        "cut_off": story.cut_off_of(run),
        "people": ordered.listed(),
        "others": ordered.exclude(pk__in=people.listed().values("pk")),
        "may_hand_out": run.state == BenefitState.HANDING_OUT,
        "shares": story.shares_of(run, branches=request.user.branch_ids),
    }
    return render(request, "welfare/branch_run.html", given)
