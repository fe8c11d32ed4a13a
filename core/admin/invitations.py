"""The page of one account on which the system administrator makes a one-time slip; its code is shown once."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.requests import SignedInRequest
from core.services import invitations
from core.signin.afresh import asked_afresh


def invitation_view(request: SignedInRequest, *, pk: int, context: dict) -> HttpResponse:
    """After a fresh sign-in, ask; then the slip in this one answer, which nothing stores."""
    if not request.user.has_perm("core.invite_user"):
        raise PermissionDenied
    return _asked_afresh(request, get_object_or_404(User, pk=pk), context)


@asked_afresh
def _asked_afresh(request: SignedInRequest, user: User, context: dict) -> HttpResponse:
    code = None
    if request.method == "POST":
        try:
            code = invitations.make_invitation(actor=request.user, user=user, at=request.at)
        except invitations.CannotInvite as refused:
            messages.error(request, refused.message)
    context |= {
        "title": _("一次性登录凭条"),
        "opts": User._meta,
        "original": user,
        "code": code,
        "expires_at": request.at + invitations.VALID_FOR,
        "address": request.build_absolute_uri(reverse("account_invitation")),
    }
    return TemplateResponse(request, "admin/core/invitation.html", context)
