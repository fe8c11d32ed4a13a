"""Joining in the portal: the applicant's own form, and the branch's desk."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import attachments, clock, intents
from core.errors import DomainError
from core.requests import SignedInRequest
from members import joining_rights, joining_story
from members.enums import JoinState
from members.forms.joining import JoinForm, ReviewForm
from members.models import JoinApplication, KeptMembership, Member
from members.models.joining import EDITABLE
from members.selectors.life import applications_waiting_for
from members.services import admission, printing_joining

_INTENT = "members.join"
UNDER_WAY = (JoinState.SUBMITTED, JoinState.BRANCH_APPROVED)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request: SignedInRequest) -> HttpResponse:
    """My application: the form while it can be changed, else where it stands. Who left may ask again."""
    own = JoinApplication.objects.filter(applicant=request.user).select_related("branch").first()
    today = clock.local_date(request.at)
    on_roll = Member.objects.on_roll(today).filter(user=request.user).exists()
    kept = not on_roll and KeptMembership.objects.on(today).filter(member__user=request.user).exists()
    dead = request.user.has_died  # type: ignore[attr-defined]
    if on_roll or kept or dead or (own and own.state in UNDER_WAY):
        facts = {"on_roll": on_roll, "kept": kept, "dead": dead, **_story_of(request, own)}
        return render(request, "members/join_status.html", facts)
    draft = own if own and own.state in EDITABLE else None
    started = {"name": request.user.name, "email": request.user.email}
    form = JoinForm(request.POST or None, request.FILES or None, instance=draft, initial={} if draft else started)
    if request.method == "POST" and form.is_valid() and _kept(request, form, draft):
        return redirect("members:join")
    return render(request, "members/join_form.html", {"form": form, "draft": draft, "last": own})


def _kept(request: SignedInRequest, form: JoinForm, draft: JoinApplication | None) -> bool:
    """Save the form; then hand it in if asked to. A draft stays saved when handing in is refused."""
    values = dict(form.cleaned_data)
    try:
        papers = attachments.take_all(uploads=values.pop("papers"), actor=request.user, at=request.at, sensitive=True)
        key = request.POST.get(intents.FIELD, "")
        with intents.once(actor=request.user, form=_INTENT, key=key) as intent:
            if not intent.repeated:
                given = {name: values.pop(name) for name in ("branch", "id_number", "family")}
                given |= {"values": values, "papers": papers, "actor": request.user, "at": request.at}
                kept = (
                    admission.save_draft(application=draft, **given)
                    if draft
                    else admission.start_application(**given)
                )
                intent.result = str(kept.pk)
        if request.POST.get("do") == "submit" and not intent.repeated:
            admission.submit(application=kept, actor=request.user, at=request.at)
            messages.success(request, _("已提交，请等待分工会审核。"))
        elif not intent.repeated:
            messages.success(request, _("已保存为草稿，可以随时接着填写。"))
    except DomainError as refused:
        form.add_error(None, refused.message)
        return False
    return True


@require_POST
@login_required
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """撤回申请。"""
    own = get_object_or_404(JoinApplication.objects.filter(applicant=request.user), pk=pk)
    try:
        admission.withdraw(application=own, actor=request.user, at=request.at)
    except admission.CannotJoin as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("申请已撤回。"))
    return redirect("members:join")


@require_safe
@login_required
def form_pdf(request: SignedInRequest, pk: int) -> FileResponse:
    """入会申请书 and 会员登记表, for paper."""
    row = get_object_or_404(JoinApplication.objects.visible_to(request.user).select_related("branch"), pk=pk)
    pdf = printing_joining.print_application(application=row, actor=request.user, at=request.at)
    return FileResponse(BytesIO(pdf), filename=_("入会申请表.pdf"), content_type="application/pdf")


@require_safe
@login_required
def applications(request: SignedInRequest) -> HttpResponse:
    """The branch officer's desk: what waits for him, then what is under way and done."""
    rows = _of_my_branches(request).order_by("-submitted_at")
    waiting = list(applications_waiting_for(request.user).filter(state=JoinState.SUBMITTED))
    others = [row for row in rows[:100] if row not in waiting]
    return render(request, "members/join_list.html", {"waiting": waiting, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def application(request: SignedInRequest, pk: int) -> HttpResponse:
    """One application of the branch: read, approve, return, reject."""
    row = get_object_or_404(_of_my_branches(request), pk=pk)
    if request.method == "POST":
        return _review(request, row)
    return render(request, "members/join_review.html", {**_story_of(request, row), "form": ReviewForm()})


def _review(request: SignedInRequest, row: JoinApplication) -> HttpResponse:
    form = ReviewForm(request.POST)
    given: dict[str, Any] = {"application": row, "actor": request.user, "at": request.at}
    said = form.cleaned_data["said"] if form.is_valid() else ""
    try:
        match form.cleaned_data.get("do"):
            case "approve":
                admission.branch_approve(opinion=said, **given)
                messages.success(request, _("已审核同意，转校工会审批。"))
            case "return":
                admission.return_for_correction(reason=said, **given)
                messages.success(request, _("已退回补正，本人会收到消息。"))
            case "reject":
                admission.reject(reason=said, **given)
                messages.success(request, _("已作不予批准处理，本人会收到消息。"))
            case _:
                messages.error(request, _("请选择处理结果，原因不超过 200 字。"))
    except admission.CannotJoin as refused:
        messages.error(request, refused.message)
        return redirect("members:join_application", row.pk)
    return redirect("members:join_applications")


def _of_my_branches(request: SignedInRequest):
    """Handed in to a branch of mine; nobody without a branch gets here."""
    if not request.user.branch_ids:
        raise Http404
    handed_in = JoinApplication.objects.visible_to(request.user).filter(submitted_at__isnull=False)
    return handed_in.filter(branch__in=request.user.branch_ids).select_related("branch", "applicant")


def _story_of(request: SignedInRequest, row: JoinApplication | None) -> dict:
    if row is None:
        return {"application": None}
    return {
        "application": row,
        "steps": joining_story.steps_of(row),
        "waits_for": joining_story.waits_for(row),
        "papers": list(attachments.of(row)),
        "decides": joining_rights.decides_now(request.user, row),
        "is_own": row.applicant_id == request.user.pk,
    }
