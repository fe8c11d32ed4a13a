"""我的福利: what I was and am due, when I had it, and why not."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.requests import SignedInRequest
from members import dossier
from welfare.handing import open_choices_of
from welfare.selectors import years_of


@require_safe
@login_required
def my_benefits(request: SignedInRequest) -> HttpResponse:
    """Every run that I was considered for, by year."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    return render(
        request,
        "welfare/my_benefits.html",
        {"years": years_of(member), "choices": open_choices_of(request.user, at=request.at).exists()},
    )
