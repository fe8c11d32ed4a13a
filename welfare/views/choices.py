"""A member's choice of package, until the deadline."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.forms import done_once
from core.requests import SignedInRequest
from welfare.enums import EntitlementState
from welfare.handing import choices_of
from welfare.handout_forms import ChoiceForm
from welfare.models import Package
from welfare.services import choosing


@require_safe
@login_required
def choices(request: SignedInRequest) -> HttpResponse:
    """Runs in which I may choose, or have chosen."""
    shares = [(share, _is_open(share, request)) for share in choices_of(request.user)[:50]]
    return render(request, "welfare/choices.html", {"shares": shares})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choice(request: SignedInRequest, pk: int) -> HttpResponse:
    """One run: what there is, how many are left, what I have."""
    share = get_object_or_404(choices_of(request.user), pk=pk)
    offer = share.benefit.offer
    chosen = getattr(share, "choice", None)
    now = {"package": chosen.package_id, "point": chosen.point} if chosen else {}
    form = ChoiceForm(request.POST or None, offer=offer, initial=now)

    def act(cleaned: dict[str, Any]) -> str:
        given = {"package": cleaned["package"], "point": cleaned.get("point", "")}
        choosing.choose(share=share, **given, actor=request.user, at=request.at)
        return _("已选：%(package)s。截止前可以再改。") % {"package": cleaned["package"]}

    name = "welfare.packagechoice"
    if request.method == "POST" and form.is_valid() and done_once(request, form, name=name, act=act):
        return redirect("handouts:choices")
    facts = {
        "share": share,
        "offer": offer,
        "chosen": chosen,
        "packages": list(Package.objects.filter(benefit=share.benefit_id)),
        "form": form,
        "picked": str(form["package"].value() or ""),
        "is_open": _is_open(share, request),
    }
    return render(request, "welfare/choice.html", facts)


def _is_open(share, request: SignedInRequest) -> bool:
    return share.state == EntitlementState.LISTED and request.at < share.benefit.offer.closes_at
