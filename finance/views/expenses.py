"""Claims in the portal: the applicant's own, and the desk of whoever signs."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import attachments, clock
from core.errors import DomainError
from core.forms import done_once
from core.requests import SignedInRequest
from core.signin.afresh import signed_afresh
from finance.forms_expenses import ClaimForm, OwnActForm, SignForm
from finance.models import Expense
from finance.models.expenses import EDITABLE, UNDER_WAY
from finance.selectors_expenses import branch_of
from finance.services import expenses, printing_expenses
from finance.story import decide, story_of
from members.dossier import file_of

SHOWN = 100


@require_safe
@login_required
def my_expenses(request: SignedInRequest) -> HttpResponse:
    """My claims, the newest first."""
    rows = _own(request).told()[:SHOWN]
    return render(request, "finance/my_expenses.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def expense_new(request: SignedInRequest) -> HttpResponse:
    """A new claim: kept as a draft, or handed in at once."""
    _own(request)
    return _filled_in(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def expense_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """A draft, or one that came back."""
    expense = get_object_or_404(_own(request).filter(state__in=EDITABLE).told(), pk=pk)
    return _filled_in(request, expense)


def _filled_in(request: SignedInRequest, expense: Expense | None) -> HttpResponse:
    branch = expense.branch if expense else branch_of(request.user, clock.local_date(request.at))
    form = ClaimForm(request.POST or None, request.FILES or None, actor=request.user, branch=branch, expense=expense)
    if request.method == "POST" and form.is_valid() and _kept(request, form, expense):
        return redirect("finance:my_expenses")
    papers = list(attachments.of(expense)) if expense else []
    return render(request, "finance/expense_form.html", {"form": form, "expense": expense, "papers": papers})


def _kept(request: SignedInRequest, form: ClaimForm, expense: Expense | None) -> bool:
    """Kept and, if asked to, handed in: both or neither."""
    by: dict[str, Any] = {"actor": request.user, "at": request.at}
    try:
        papers = attachments.take_all(uploads=form.cleaned_data["papers"], **by)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return False

    def act(cleaned: dict[str, Any]) -> str:
        content = form.content()
        if expense is None:
            kept = expenses.draft_expense(applicant=cleaned.get("applicant"), content=content, papers=papers, **by)
        else:
            kept = expenses.change_expense(expense=expense, content=content, papers=papers, **by)
        if "submit" not in request.POST:
            return _("已保存草稿 %(claim)s，尚未提交。") % {"claim": kept}
        expenses.submit_expense(expense=kept, **by)
        return _("%(claim)s 已提交，审批结果会发消息给您。") % {"claim": kept}

    return done_once(request, form, name="finance.expense", act=act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def expense_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of my claims: where it stands, and what I may do with it."""
    expense = get_object_or_404(_own(request).told(), pk=pk)
    form = OwnActForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _own_act(request, expense, form.cleaned_data["reason"])
        return redirect("finance:expense", pk=pk)
    live = expense.payments.live().exists()
    facts = {
        "form": form,
        "is_editable": expense.state in EDITABLE,
        "is_under_way": expense.state in UNDER_WAY and not live,
    }
    return render(request, "finance/expense_detail.html", story_of(expense) | facts)


def _own_act(request: SignedInRequest, expense: Expense, reason: str) -> None:
    given: dict[str, Any] = {"expense": expense, "actor": request.user, "at": request.at}
    try:
        match request.POST.get("do"):
            case "submit":
                expenses.submit_expense(**given)
                messages.success(request, _("已提交，审批结果会发消息给您。"))
            case "withdraw":
                expenses.withdraw_expense(**given)
                messages.success(request, _("报销已撤回。"))
            case "recall":
                expenses.reopen_content(reason=reason, **given)
                messages.success(request, _("已收回，改好后请重新提交；此前的审批作废。"))
    except DomainError as refused:
        messages.error(request, refused.message)


@require_safe
@login_required
def to_approve(request: SignedInRequest) -> HttpResponse:
    """The branch's desk: claims that wait for me, and the branch's others."""
    rows = _desk(request)
    waiting = list(rows.waiting_for(request.user).told()[:SHOWN])
    others = [row for row in rows.told()[:SHOWN] if row not in waiting]
    return render(request, "finance/to_approve.html", {"waiting": waiting, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """One claim of the branch: everything that is signed, and the signature."""
    return _signing(request, get_object_or_404(_desk(request).told(), pk=pk))


@signed_afresh
def _signing(request: SignedInRequest, expense: Expense) -> HttpResponse:
    form = SignForm(request.POST or None, initial={"digest": expense.digest})
    if request.method == "POST" and form.is_valid():
        try:
            do = request.POST.get("do", "")
            done = decide(expense, do, form.cleaned_data, actor=request.user, at=request.at)
            messages.success(request, done)
        except DomainError as refused:
            messages.error(request, refused.message)
        return redirect("finance:to_approve")
    decides = Expense.objects.waiting_for(request.user).filter(pk=expense.pk).exists()
    return render(request, "finance/expense_approve.html", story_of(expense) | {"form": form, "decides": decides})


@require_safe
@login_required
def expense_pdf(request: SignedInRequest, pk: int) -> HttpResponse | FileResponse:
    """报销单 on paper, for whoever sees the claim."""
    expense = get_object_or_404(Expense.objects.visible_to(request.user).told(), pk=pk)
    try:
        pdf = printing_expenses.print_expense(expense=expense, actor=request.user, at=request.at)
    except DomainError as missing:
        messages.error(request, missing.message)
        return redirect("home")
    filename = _("报销单%(claim)s.pdf") % {"claim": expense}
    return FileResponse(BytesIO(pdf), filename=filename, content_type="application/pdf")


def _own(request: SignedInRequest) -> Any:
    """Mine and those that I entered; who is no member has none."""
    if file_of(request.user) is None:
        raise Http404
    user = request.user
    return Expense.objects.filter(Q(applicant=user) | Q(entered_by=user))


def _desk(request: SignedInRequest) -> Any:
    """Claims of the branches that I answer for, handed in; nobody else has this desk."""
    if not request.user.branch_ids:
        raise Http404
    return Expense.objects.visible_to(request.user).filter(branch__in=request.user.branch_ids, round__gt=0)
