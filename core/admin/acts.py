"""One act on a page of its own: a form, what it will do, a button; the service refuses or does it, once.

The page of every governed flow in the admin: the model admin adds the address, checks the right to open the page, and
hands over the form and the function that calls the service.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from core.forms import EmptyForm, done_once
from core.requests import SignedInRequest


def act_page(
    request: SignedInRequest,
    *,
    name: str,
    title: str,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    back: str,
    button: str,
    explain: str = "",
    template: str = "admin/act.html",
    context: dict[str, Any],
) -> HttpResponse:
    """Show ``form``; posted and valid, call ``act`` with its cleaned data and say what it returns on ``back``.

    ``name`` is the intent's form name: a second click of the same page does nothing more. A ``DomainError`` comes
    back as the form's error and leaves nothing done.
    """
    if request.method == "POST" and form.is_valid() and done_once(request, form, name=name, act=act):
        return redirect(back)
    shown = {"title": title, "form": form, "back": back, "button": button, "explain": explain}
    return TemplateResponse(request, template, {**context, **shown})


def act_on(
    page: ModelAdmin,
    request: SignedInRequest,
    row: Model,
    act: Callable[[dict[str, Any]], str],
    *,
    name: str,
    title: str,
    button: str,
    form: forms.Form | None = None,
    explain: str = "",
) -> HttpResponse:
    """``act_page`` of a button on ``row``'s own page, and back to it; no form: nothing to fill in."""
    opts = row._meta
    return act_page(
        request,
        name=name,
        title=title,
        form=form or EmptyForm(request.POST or None),
        act=act,
        back=reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk]),
        button=button,
        explain=explain,
        context={**page.admin_site.each_context(request), "opts": page.opts},
    )
