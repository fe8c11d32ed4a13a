"""A member's pairings in the portal."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.requests import SignedInRequest
from members import dossier
from members.selectors.pairings import sides_of


@require_safe
@login_required
def my_pairings(request: SignedInRequest) -> HttpResponse:
    """我的结对: with whom, as what, how long; telephone numbers are not told."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    sides = sides_of(member, on=clock.local_date(request.at))
    return render(request, "members/my_pairings.html", {"sides": sides})
