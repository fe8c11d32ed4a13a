"""The portal's own pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import tiles
from core.requests import SignedInRequest
from union_site.home import home_of, offices_of


@require_safe
@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """What waits for me, what this week brings, where to go."""
    given = {"home": home_of(request.user, at=request.at), "tiles": tiles.tiles_for(request.user)}
    return render(request, "portal/home.html", given)


@require_safe
@login_required
def account(request: SignedInRequest) -> HttpResponse:
    """Password, second factor, and which offices this account holds."""
    return render(request, "portal/account.html", {"grants": offices_of(request.user)})


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor: 200 while this process reaches its database; ``DatabaseClock`` has said 503 otherwise."""
    return HttpResponse("ok", content_type="text/plain")
