"""The table where a run is handed out: progress, the list, a scanner. For branch officers and union staff."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import intents
from core.errors import DomainError
from core.requests import SignedInRequest
from members.models import Branch
from welfare.enums import EntitlementState, HandoutWay
from welfare.handing import found_in, member_called, progress_of, runs_for, served_by, with_last
from welfare.handout_codes import CannotHandOut, HandoutRefusal
from welfare.handout_forms import GiveForm, ProxyForm, ReverseForm
from welfare.models import Benefit, Entitlement, Handout
from welfare.services import handing_out, sheets

_PAGE = 50
_LAST = 1_000_000


def _run(request: SignedInRequest, pk: int) -> Benefit:
    """A run that he hands out now; 404 for everybody else."""
    return get_object_or_404(runs_for(request.user), pk=pk)


@require_safe
@login_required
def runs(request: SignedInRequest) -> HttpResponse:
    """What is being handed out now, with how far it is."""
    if not request.user.has_perm("welfare.hand_out"):
        raise Http404
    found = []
    for benefit in runs_for(request.user):
        progress = progress_of(served_by(request.user, benefit))
        found.append((benefit, sum(row.done for row in progress), sum(row.people for row in progress)))
    return render(request, "welfare/handout_runs.html", {"runs": found})


@require_safe
@login_required
def table(request: SignedInRequest, pk: int) -> HttpResponse:
    """One run: how many of how many, who is still to come, one tap for each."""
    benefit = _run(request, pk)
    mine = served_by(request.user, benefit)
    progress = progress_of(mine)
    branch, done = request.GET.get("branch", ""), request.GET.get("done") == "1"
    known = [row for row in progress if str(row.branch) == branch]
    rows = mine.filter(branch=known[0].branch) if known else mine
    rows = rows.filter(state=EntitlementState.RECEIVED if done else EntitlementState.LISTED)
    query = request.GET.get("q", "")[:40]
    shown, number, more = _page(found_in(rows, query), request.GET.get("page", ""))
    facts = {
        "benefit": benefit,
        "progress": progress,
        "chosen": known[0] if known else None,
        "shown_done": done,
        "query": query,
        "rows": shown,
        "page": number,
        "next": number + 1 if more else 0,
        "back": request.GET.urlencode(),
        **_sums(known or progress),
    }
    return render(request, "welfare/handout_table.html", facts)


@require_safe
@login_required
def progress(request: SignedInRequest, pk: int) -> JsonResponse:
    """Figures for the page that is open; of one branch where it shows one."""
    rows = progress_of(served_by(request.user, _run(request, pk)))
    known = [row for row in rows if str(row.branch) == request.GET.get("branch", "")]
    return JsonResponse(_sums(known or rows))


@require_POST
@login_required
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form without a script: a tap in the list, or a number typed."""
    benefit = _run(request, pk)
    answer = _given(request, benefit, GiveForm(request.POST))
    (messages.success if answer["done"] else messages.error)(request, answer["words"])
    back = QueryDict(request.POST.get("back", "")[:400]).urlencode()
    return redirect(f"{_address(benefit)}?{back}" if back else _address(benefit))


@require_POST
@login_required
def scanned(request: SignedInRequest, pk: int) -> JsonResponse:
    """One entry of the phone's queue. ``final``: it need not be sent again, done or refused."""
    answer = _given(request, _run(request, pk), GiveForm(request.POST))
    return JsonResponse(answer | {"final": True})


@require_safe
@login_required
def scan(request: SignedInRequest, pk: int) -> HttpResponse:
    """The camera and the phone's queue."""
    benefit = _run(request, pk)
    answer = render(
        request,
        "welfare/handout_scan.html",
        {"benefit": benefit, **_sums(progress_of(served_by(request.user, benefit)))},
    )
    answer["Permissions-Policy"] = "camera=(self)"
    return answer


@require_safe
@login_required
def sheet(request: SignedInRequest, pk: int, branch: int) -> HttpResponse | FileResponse:
    """发放签领表 of one branch, before, while and after it is handed out."""
    if not sheets.may_print(request.user, branch):
        raise Http404
    printed = Benefit.objects.visible_to(request.user).filter(state__in=sheets.PRINTED_IN)
    benefit, place = get_object_or_404(printed, pk=pk), get_object_or_404(Branch, pk=branch)
    try:
        pdf = sheets.print_sheet(benefit=benefit, branch=place, actor=request.user, at=request.at)
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect("handouts:runs")
    name = _("%(run)s签领表（%(branch)s）.pdf") % {"run": benefit, "branch": place.short_name}
    return FileResponse(BytesIO(pdf), filename=name, content_type="application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def share(request: SignedInRequest, pk: int, share: int) -> HttpResponse:
    """One person: hand it to his proxy, or, for union staff, take a wrong entry back."""
    benefit = _run(request, pk)
    row = get_object_or_404(served_by(request.user, benefit).select_related("member", "branch"), pk=share)
    last = Handout.objects.standing().filter(entitlement=row).select_related("by").first()
    may_reverse = last is not None and request.user.has_perm("welfare.reverse_handout")
    form: ProxyForm | ReverseForm = (ReverseForm if last else ProxyForm)(request.POST or None)
    if request.method == "POST" and form.is_valid() and (last is None or may_reverse):
        try:
            said = _reversed(request, last, form) if last else _by_hand(request, row, form.cleaned_data)
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, said)
            return redirect(_address(benefit))
    facts = {"benefit": benefit, "share": row, "last": last, "may_reverse": may_reverse, "form": form}
    facts["words"] = handing_out.words_of(last) if last else ""
    return render(request, "welfare/handout_share.html", facts)


def _reversed(request: SignedInRequest, last: Handout, form: ProxyForm | ReverseForm) -> str:
    reason = form.cleaned_data["reason"]
    handing_out.reverse(handout=last, reason=reason, actor=request.user, at=request.at)
    return _("已撤销，可以重新登记。")


def _by_hand(request: SignedInRequest, row: Entitlement, typed: dict[str, Any]) -> str:
    given = handing_out.hand_out(
        benefit=row.benefit,
        member=row.member,
        way=HandoutWay.LISTED,
        key=request.POST.get(intents.FIELD, ""),
        **typed,
        actor=request.user,
        at=request.at,
    )
    return _("%(name)s：%(words)s") % {"name": row.member.name, "words": handing_out.words_of(given.handout)}


def _given(request: SignedInRequest, benefit: Benefit, form: GiveForm) -> dict[str, Any]:
    """``done``, ``code`` and ``words``, fit to be shown to whoever stands at the table."""
    member = member_called(form.cleaned_data["who"]) if form.is_valid() else None
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return {"done": False, "code": "form", "words": said}
    if member is None:
        words = _("没有这个工号或会员码，没有登记。")
        return {"done": False, "code": "unknown", "words": words}
    typed = {name: form.cleaned_data[name] for name in ("proxy", "relation", "way", "device")}
    key = request.POST.get(intents.FIELD, "")
    try:
        given = handing_out.hand_out(
            benefit=benefit, member=member, key=key, **typed, actor=request.user, at=request.at
        )
    except CannotHandOut as refused:
        known = refused.code != HandoutRefusal.NOT_LISTED  # whoever is outside his branches stays unnamed
        words = (
            _("%(name)s：%(words)s") % {"name": member.name, "words": refused.message} if known else refused.message
        )
        return {"done": False, "code": str(refused.code), "words": words}
    said = handing_out.words_of(given.handout) if given.repeated else _("已登记领取。")
    return {"done": True, "code": "done", "words": _("%(name)s：%(words)s") % {"name": member.name, "words": said}}


def _page(rows, number: str) -> tuple[list[Entitlement], int, bool]:
    """By branch and name: the rows of a page, its number, whether there are more."""
    page = min(int(number), _LAST) if number.isascii() and number.isdecimal() else 1
    start = (max(page, 1) - 1) * _PAGE
    ordered = with_last(rows.select_related("member", "branch"))
    ordered = ordered.order_by("branch__position", "branch", "member__pinyin", "pk")
    found = list(ordered[start : start + _PAGE + 1])
    return found[:_PAGE], max(page, 1), len(found) > _PAGE


def _sums(progress) -> dict[str, int]:
    people, done = sum(row.people for row in progress), sum(row.done for row in progress)
    return {"people": people, "done": done, "left": people - done}


def _address(benefit: Benefit) -> str:
    return reverse("handouts:table", args=[benefit.pk])
