"""A fresh sign-in before what is most private (full numbers, children's names, one's whole file, a login slip) and
before a signature that holds money back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.requests import SignedInRequest
from core.signin import sessions

View = Callable[..., Any]


def asked_afresh(view: View) -> View:
    """``view`` after the password was typed again.

    allauth lets pass whom it has nothing to ask: an account without a password is sent to set one.
    """
    fresh = reauthentication_required(view)

    @wraps(view)
    def asked(request: SignedInRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.has_usable_password():
            return fresh(request, *args, **kwargs)
        messages.error(request, _("这里要再输入一次密码；您的账号还没有设置密码，请先设置。"))
        return redirect("account")

    return asked


def signed_afresh(view: View) -> View:
    """``view`` is read as it is; what is posted to it waits for the password, which is asked for once in five
    minutes: so a batch of signatures asks once (TRUST.md 7). Typed right, the act goes on by itself."""
    fresh = asked_afresh(view)

    @wraps(view)
    def asked(request: SignedInRequest, *args: Any, **kwargs: Any) -> Any:
        return (fresh if request.method == "POST" else view)(request, *args, **kwargs)

    return asked


def under_a_new_key(view: View) -> View:
    """``view`` asks for the password or the code again; typed right, the session goes on under a new key (S3)."""

    @wraps(view)
    def asking(request: SignedInRequest, *args: Any, **kwargs: Any) -> Any:
        before = len(get_authentication_records(request, request.user))
        answer = view(request, *args, **kwargs)
        if len(get_authentication_records(request, request.user)) > before:
            sessions.renew_key(request)
        return answer

    return asking
