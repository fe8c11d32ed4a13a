"""What a member may ask about his data: the whole of it as a file, requests, what he took note of and agreed to."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.errors import DomainError
from core.forms import done_once
from core.requests import SignedInRequest
from core.signin.afresh import asked_afresh
from members.enums import SubjectKind
from members.forms.own import SubjectRequestForm
from members.models import ConsentText, SubjectRequest
from members.retention import TERMS
from members.services import consents, own_file, subject_requests
from members.views.own import own_file as file_of_mine


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_data(request: SignedInRequest) -> HttpResponse:
    """My data: take it along, ask about it, how long it is kept."""
    member = file_of_mine(request)
    form = SubjectRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _asked(request, form):
        return redirect("members:my_data")
    asked = member.subject_requests.select_related("answered_by")[:20]
    return render(request, "members/my_data.html", {"form": form, "asked": asked, "terms": TERMS})


def _asked(request: SignedInRequest, form: SubjectRequestForm) -> bool:
    def act(given: dict[str, Any]) -> str:
        kind = SubjectKind(given["kind"])
        subject_requests.submit_request(actor=request.user, kind=kind, text=given["text"], at=request.at)
        return _("已提交，校工会会在期限内书面答复。")

    return done_once(request, form, name="members.subject_request", act=act)


@require_POST
@login_required
def withdraw_request(request: SignedInRequest, pk: int) -> HttpResponse:
    """撤回请求。"""
    row = get_object_or_404(SubjectRequest.objects.filter(member__user=request.user), pk=pk)
    try:
        subject_requests.withdraw_request(request=row, actor=request.user, at=request.at)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("请求已撤回。"))
    return redirect("members:my_data")


@require_safe
@login_required
@asked_afresh
def data_json(request: SignedInRequest) -> FileResponse:
    """Everything about me, for a program."""
    member = file_of_mine(request)
    content = own_file.give_json(actor=request.user, at=request.at)
    filename = f"mydata-{member.staff_no}-{clock.local_date(request.at):%Y%m%d}.json"
    return FileResponse(BytesIO(content), filename=filename, as_attachment=True, content_type="application/json")


@require_safe
@login_required
@asked_afresh
def data_pdf(request: SignedInRequest) -> FileResponse:
    """Everything about me, to read."""
    file_of_mine(request)
    content = own_file.give_pdf(actor=request.user, at=request.at)
    return FileResponse(BytesIO(content), filename=_("我的数据.pdf"), content_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notice(request: SignedInRequest) -> HttpResponse:
    """个人信息告知书: one page and one button before everything else (``members.middleware``), then on."""
    file_of_mine(request)
    onward = _onward(request)
    text = ConsentText.objects.filter(pk=request.user.notice_due).first()  # type: ignore[attr-defined]
    if text is None:
        return redirect(onward)
    if request.method == "POST":
        try:
            read = get_object_or_404(ConsentText, pk=_number(request.POST.get("text", "")))
            consents.give_consent(text=read, actor=request.user, at=request.at)
        except DomainError as refused:
            messages.error(request, refused.message)
            return redirect(f"{request.path}?{urlencode({'next': onward})}")
        return redirect(onward)
    return render(request, "members/notice.html", {"text": text, "onward": onward})


def _onward(request: SignedInRequest) -> str:
    """The page that he came for; home where the address is none of ours."""
    asked = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None, require_https=request.is_secure())
    return asked if is_ours and asked.startswith("/") else reverse("home")


def _number(typed: str) -> int:
    """The number of a row; 0, which none has, for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


@require_safe
@login_required
def my_consents(request: SignedInRequest) -> HttpResponse:
    """我的同意: what is in force, and what I took note of or agreed to."""
    member = file_of_mine(request)
    given = {row.text_id: row for row in member.consents.filter(withdrawn_at__isnull=True)}
    texts = [(text, given.get(text.pk)) for text in ConsentText.objects.in_force(clock.local_date(request.at))]
    past = member.consents.select_related("text")
    return render(request, "members/my_consents.html", {"texts": texts, "past": past})


@require_POST
@login_required
def consent(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give or take back."""
    file_of_mine(request)
    text = get_object_or_404(ConsentText, pk=pk)
    try:
        if request.POST.get("act") == "withdraw":
            consents.withdraw_consent(text=text, actor=request.user, at=request.at)
            messages.success(request, _("同意已撤回；撤回前的处理不受影响。"))
        else:
            consents.give_consent(text=text, actor=request.user, at=request.at)
            messages.success(request, _("已确认。"))
    except DomainError as refused:
        messages.error(request, refused.message)
    return redirect("members:my_consents")
