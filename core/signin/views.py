"""Our own pages around signing in; the others are allauth's."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from core.services import invitations
from core.signin.forms import InvitationForm


@sensitive_post_parameters()
def invitation(request: HttpRequest) -> HttpResponse:
    """The slip from the office: staff number and code once, a password of one's own for ever after."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invitations.use_invitation(
                username=given["username"].strip(),
                code=given["code"],
                password=given["password1"],
                at=request.at,  # type: ignore[attr-defined]
            )
        except invitations.CannotUseInvitation as refused:
            form.add_error(None, refused.message)
        except ValidationError as wrong:
            form.add_error("password1", wrong)
        else:
            messages.success(request, _("密码已设置，请登录。"))
            return redirect("account_login")
    return render(request, "account/invitation.html", {"form": form})
