"""The portal's inbox and notice settings. Opening a message changes nothing: read is what a person says is read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.clock import local_date
from core.requests import SignedInRequest
from members.enums import BirthdayCalendar
from members.models import Member
from members.rules.birthdays import next_birthdays
from members.services.birthdays import CannotChooseBirthday, choose_birthday
from notices import selectors
from notices.enums import Channel
from notices.forms.inbox import BirthdayForm, PreferenceForm, lunar_words
from notices.models import InboxMessage
from notices.rules import chinese_date
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
    shown = {
        "rules": sorted(known - rules_off),
        "channels": sorted(set(Channel.values) - channels_off),
        "digest": selectors.digest_of(request.user),
    }
    form = PreferenceForm(request.POST if request.method == "POST" else None, offered=offered, initial=shown)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(
            actor=request.user,
            rules_off=known - set(form.cleaned_data["rules"]),
            channels_off=set(Channel.values) - set(form.cleaned_data["channels"]),
            at=request.at,
        )
        services.choose_digest(actor=request.user, period=form.cleaned_data["digest"], at=request.at)
        messages.success(request, _("通知设置已保存。"))
        return redirect("notices:preferences")
    member = getattr(request.user, "member", None)
    return render(request, "notices/preferences.html", {"form": form, "birthday": member and _birthday_of(member)})


@login_required
def birthday(request: SignedInRequest) -> HttpResponse:
    """By which calendar I keep my birthday, and which days that makes; ``look`` shows them without keeping it."""
    member = get_object_or_404(Member, user=request.user)
    given = request.POST if request.method == "POST" else None
    form = BirthdayForm(given, initial=BirthdayForm.initial_of(member))
    if form.is_valid() and "look" not in request.POST:
        try:
            choose_birthday(actor=request.user, member=member, **form.cleaned_data, at=request.at)
        except CannotChooseBirthday as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("生日历法已保存。"))
            return redirect("notices:preferences")
    asked = form.cleaned_data if form.is_bound and form.is_valid() else None
    chosen = asked or {"calendar": member.birthday_calendar, **_lunar_of(member)}
    days = next_birthdays(local_date(request.at), birth_on=member.birth_on, **chosen)
    return render(request, "notices/birthday.html", {"form": form, "days": days, "asked": asked, "member": member})


def _lunar_of(member: Member) -> dict:
    return {"month": member.lunar_month, "day": member.lunar_day, "leap": member.lunar_leap}


def _birthday_of(member: Member) -> str:
    """The member's choice in words."""
    if member.birthday_calendar == BirthdayCalendar.LUNAR and member.lunar_month and member.lunar_day:
        return _("农历%(day)s") % {"day": lunar_words(member.lunar_month, member.lunar_day, member.lunar_leap)}
    if member.birth_on is None:
        return _("公历，出生日期未登记")
    return _("公历%(day)s") % {"day": chinese_date(member.birth_on)}
