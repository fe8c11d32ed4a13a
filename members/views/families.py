"""My family, in the portal: what the union knows about them, on whose word, and how to take it back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.forms import done_once
from core.requests import SignedInRequest
from members import dossier
from members.forms.families import PersonForm
from members.models import FamilyConsent, FamilyMember
from members.services import families


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_family(request: SignedInRequest) -> HttpResponse:
    """My own family; posted: one more person."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _added(request, form):
        return redirect("members:my_family")
    consent = FamilyConsent.objects.filter(member=member, withdrawn_at=None).first()
    given = {"form": form, "consent": consent, "people": families.own_family(member), "member": member}
    return render(request, "members/my_family.html", given)


def _added(request: SignedInRequest, form: PersonForm) -> bool:
    def act(given: dict[str, Any]) -> str:
        families.add_person(**given, actor=request.user, at=request.at)
        return _("已登记。")

    return done_once(request, form, name="members.family", act=act)


@require_POST
@login_required
def consent(request: SignedInRequest) -> HttpResponse:
    """Sign the consent, or take it back with everything under it (``act``)."""
    try:
        if request.POST.get("act") == "withdraw":
            removed = families.withdraw_consent(actor=request.user, at=request.at)
            messages.success(request, _("已撤回同意，%(n)s 位家庭成员的信息已删除。") % {"n": removed})
        else:
            families.sign_consent(actor=request.user, at=request.at)
            messages.success(request, _("已签署，现在可以登记家庭成员。"))
    except families.CannotKeepFamily as refused:
        messages.error(request, refused.message)
    return redirect("members:my_family")


@require_POST
@login_required
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(FamilyMember.objects.filter(member__user=request.user), pk=pk)
    families.remove_person(person=person, actor=request.user, at=request.at)
    messages.success(request, _("已删除。"))
    return redirect("members:my_family")
