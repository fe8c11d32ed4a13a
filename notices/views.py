"""The portal's inbox and notice settings. Opening a message changes nothing: read is what a person says is read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.requests import SignedInRequest
from notices import selectors
from notices.enums import Channel
from notices.forms import PreferenceForm
from notices.models import InboxMessage
from notices.services import inbox as services

PAGE_SIZE = 20


@require_safe
@login_required
def inbox(request: SignedInRequest) -> HttpResponse:
    """My messages, the newest first."""
    mine = InboxMessage.objects.visible_to(request.user)
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "notices/inbox.html", {"page": page})


@require_safe
@login_required
def inbox_message(request: SignedInRequest, pk: int) -> HttpResponse:
    """One message of mine."""
    message = get_object_or_404(InboxMessage.objects.visible_to(request.user), pk=pk)
    return render(request, "notices/inbox_message.html", {"message": message})


@require_POST
@login_required
def mark_read(request: SignedInRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(InboxMessage.objects.visible_to(request.user), pk=pk)
    services.mark_read(message=message, actor=request.user, at=request.at)
    return redirect("notices:inbox")


@require_POST
@login_required
def mark_all_read(request: SignedInRequest) -> HttpResponse:
    services.mark_all_read(actor=request.user, at=request.at)
    return redirect("notices:inbox")


@login_required
def preferences(request: SignedInRequest) -> HttpResponse:
    """What I want to be sent, and by which way."""
    offered = selectors.rules_to_switch(request.user)
    known = {rule.pk for rule in offered}
    rules_off, channels_off = selectors.switched_off(request.user)
    shown = {"rules": sorted(known - rules_off), "channels": sorted(set(Channel.values) - channels_off)}
    form = PreferenceForm(request.POST if request.method == "POST" else None, offered=offered, initial=shown)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(
            actor=request.user,
            rules_off=known - set(form.cleaned_data["rules"]),
            channels_off=set(Channel.values) - set(form.cleaned_data["channels"]),
            at=request.at,
        )
        messages.success(request, _("通知设置已保存。"))
        return redirect("notices:preferences")
    return render(request, "notices/preferences.html", {"form": form})
