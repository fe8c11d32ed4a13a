"""One value of one member in full: a reason and an entry he can read; for sealed values a fresh sign-in too."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from core.requests import SignedInRequest
from core.sealed import CannotOpen
from core.services.reveal import CannotReveal, reveal
from core.signin.afresh import asked_afresh
from members.models import Member, MemberSecret

SEALED = {"id_number": _("身份证号"), "bank_card": _("银行卡号")}
FIELDS = SEALED | {"phone": _("手机号码")}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("查看事由"), max_length=200, widget=forms.TextInput({"autocomplete": "off"}))


def reveal_view(request: SignedInRequest, *, pk: int, field: str, context: dict) -> HttpResponse:
    """Ask for the reason, then show the value in this one answer, which nothing stores."""
    if not request.user.has_perm("members.reveal_membersecret" if field in SEALED else "members.reveal_member"):
        raise PermissionDenied
    if field not in FIELDS:
        raise Http404
    member = get_object_or_404(Member.objects.visible_to(request.user), pk=pk)
    ask = _asked_afresh if field in SEALED else _asked
    return ask(request, member, field, context)


@asked_afresh
def _asked_afresh(request: SignedInRequest, member: Member, field: str, context: dict) -> HttpResponse:
    return _asked(request, member, field, context)


def _asked(request: SignedInRequest, member: Member, field: str, context: dict) -> HttpResponse:
    form, plain = ReasonForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        plain = _revealed(request, member, field, form.cleaned_data["reason"])
    context |= {
        "title": FIELDS[field],
        "opts": Member._meta,
        "original": member,
        "label": FIELDS[field],
        "form": form,
        "plain": plain,
    }
    return TemplateResponse(request, "admin/members/reveal.html", context)


def _revealed(request: SignedInRequest, member: Member, field: str, reason: str) -> str | None:
    holder: Member | MemberSecret | None = member
    if field in SEALED:
        holder = MemberSecret.objects.filter(member=member).first()
    if holder is None:
        messages.error(request, _("没有登记该项信息。"))
        return None
    try:
        return reveal(
            actor=request.user, instance=holder, field=field, reason=reason, subject=member.pk, at=request.at
        )
    except CannotReveal as refused:
        messages.error(request, refused.message)
    except CannotOpen:
        messages.error(request, _("密文无法解开，请联系系统管理员核对密钥。"))
    return None
