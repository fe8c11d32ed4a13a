"""Honours in the portal: my own, and the branch's desk for checking them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import attachments
from core.errors import DomainError
from core.forms import done_once
from core.requests import SignedInRequest
from members import dossier
from members.enums import HonourState
from members.forms.honours import CheckForm, DeclareForm
from members.models import Honour
from members.services import honours


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_honours(request: SignedInRequest) -> HttpResponse:
    """What I hold and declared; posted: one more."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    form = DeclareForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _declared(request, form, None):
        return redirect("members:my_honours")
    rows = Honour.objects.filter(holders__member=member)
    return render(request, "members/my_honours.html", {"rows": rows, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_honour(request: SignedInRequest, pk: int) -> HttpResponse:
    """A returned one of mine, to be put right."""
    mine = Honour.objects.filter(declared_by=request.user, state=HonourState.RETURNED)
    honour = get_object_or_404(mine, pk=pk)
    form = DeclareForm(request.POST or None, request.FILES or None, instance=honour)
    if request.method == "POST" and form.is_valid() and _declared(request, form, honour):
        return redirect("members:my_honours")
    said = Honour.objects.values_list("said", flat=True).get(pk=pk)
    return render(request, "members/my_honour.html", {"form": form, "said": said})


def _declared(request: SignedInRequest, form: DeclareForm, honour: Honour | None) -> bool:
    def act(values: dict[str, Any]) -> str:
        given: dict[str, Any] = {"values": values, "papers": papers, "actor": request.user, "at": request.at}
        if honour is None:
            honours.declare(**given)
        else:
            honours.declare_again(honour=honour, **given)
        return _("已提交，请等待核实。")

    try:
        uploads = form.cleaned_data.pop("papers")
        papers = attachments.take_all(uploads=uploads, actor=request.user, at=request.at)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return False
    return done_once(request, form, name="members.honour", act=act)


@require_safe
@login_required
def to_check(request: SignedInRequest) -> HttpResponse:
    """The branch officer's desk."""
    if not request.user.branch_ids:
        raise Http404
    rows = Honour.objects.waiting_for(request.user).filter(branch__in=request.user.branch_ids)
    return render(request, "members/honours_to_check.html", {"rows": rows.prefetch_related("holders__member")})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of my branch: confirm it or give it back."""
    if not request.user.branch_ids:
        raise Http404
    mine = Honour.objects.visible_to(request.user).filter(branch__in=request.user.branch_ids)
    honour = get_object_or_404(mine, pk=pk)
    form = CheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["do"] == "confirm":
                honours.confirm(honour=honour, actor=request.user, at=request.at)
            else:
                honours.send_back(honour=honour, reason=form.cleaned_data["said"], actor=request.user, at=request.at)
        except honours.CannotHonour as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已办理。"))
            return redirect("members:honours_to_check")
    given = {"honour": honour, "form": form, "papers": attachments.of(honour)}
    given["may"] = honour.state == HonourState.DECLARED and honours.may_check(request.user, honour)
    return render(request, "members/honour_check.html", given)
