"""The portal's pages about dues: a member's own months and consent; who is behind, for the branch."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.requests import SignedInRequest
from members import arrears, dossier
from members.models import Member
from members.services import dues


@require_safe
@login_required
def my_dues(request: SignedInRequest) -> HttpResponse:
    """What I owe and paid this year, how it is counted, and whether payroll deducts it."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    year = clock.local_date(request.at).year
    own = arrears.own_dues(member, year=year)
    return render(request, "members/my_dues.html", {"member": member, "own": own, "year": year})


@require_POST
@login_required
def consent(request: SignedInRequest) -> HttpResponse:
    """Sign the consent to deduct, or take it back (``act``)."""
    withdraw = request.POST.get("act") == "withdraw"
    try:
        if withdraw:
            dues.withdraw_payroll(actor=request.user, at=request.at)
        else:
            dues.sign_payroll(actor=request.user, at=request.at)
    except dues.CannotKeepDues as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("已撤回代扣授权。") if withdraw else _("已签署代扣授权。"))
    return redirect("members:my_dues")


@require_safe
@login_required
def behind(request: SignedInRequest) -> HttpResponse:
    """The branch officer's people with earlier months unpaid: months only, no amounts."""
    if not request.user.branch_ids:
        raise Http404
    today = clock.local_date(request.at)
    mine = Member.objects.visible_to(request.user).in_branches(request.user.branch_ids, on=today)
    return render(request, "members/dues_behind.html", {"rows": arrears.arrears(members=mine, on=today)})
