"""The member's own file in the portal: his years, who looked, contact data, requests to change, his card."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import attachments, clock, pagination
from core.errors import DomainError
from core.forms import done_once
from core.requests import SignedInRequest
from members import change_story, dossier, looks
from members.enums import ChangeState
from members.forms.own import ChangeForm, ContactForm, WordForm
from members.models import Branch, Member, MemberCode, ProfileChange
from members.services import codes, printing_cards, profile_changes
from members.standing import standing_on

_PAGE = 30


def own_file(request: SignedInRequest) -> Member:
    """The member record of whoever asks; 404 for an account without one."""
    member = dossier.file_of(request.user)
    if member is None:
        raise Http404
    return member


@require_safe
@login_required
def my_looks(request: SignedInRequest) -> HttpResponse:
    """Who looked at my data: everything, by kind, page by page."""
    member = own_file(request)
    kind = request.GET.get("kind", "")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    turn = pagination.page_before if before else pagination.page_after
    page = turn(looks.entries_about(member, kind), order=looks.ORDER, size=_PAGE, cursor=before or after)
    facts = {
        "looks": looks.looks_of(page.rows, member),
        "page": page,
        "kind": kind if kind in looks.KINDS else "",
        "kinds": [(code, label) for code, (label, _ends) in looks.KINDS.items()],
    }
    return render(request, "members/my_looks.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_contact(request: SignedInRequest) -> HttpResponse:
    """Phone, e-mail, emergency contact: mine to keep."""
    form = ContactForm(request.POST or None, instance=own_file(request))
    if request.method == "POST" and form.is_valid():
        try:
            profile_changes.keep_contact(actor=request.user, at=request.at, **form.cleaned_data)
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("联系方式已保存。"))
            return redirect("members:my_file")
    return render(request, "members/my_contact.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_change(request: SignedInRequest) -> HttpResponse:
    """Ask for a change of what the register says; where the last request stands."""
    member = own_file(request)
    past = list(_told(member.profile_changes.all())[:10])
    last = past[0] if past else None
    if last is not None and last.state == ChangeState.SUBMITTED:
        return render(request, "members/my_change_status.html", _story_of(last) | {"past": past[1:]})
    back = last if last is not None and last.state == ChangeState.RETURNED else None
    secrets = dossier.secret_ends_of(member)
    form = ChangeForm(request.POST or None, request.FILES or None, instance=member, secrets=secrets, back=back)
    if request.method == "POST" and form.is_valid() and _asked(request, form, back):
        return redirect("members:my_change")
    return render(request, "members/my_change.html", {"form": form, "back": back, "past": past})


def _asked(request: SignedInRequest, form: ChangeForm, back: ProfileChange | None) -> bool:
    """Hand the request in, once."""

    def act(cleaned: dict[str, Any]) -> str:
        given: dict[str, Any] = {"values": form.values(), "secrets": form.secrets(), "papers": papers}
        given |= {"reason": cleaned["reason"], "actor": request.user, "at": request.at}
        if back is not None:
            profile_changes.resubmit(change=back, **given)
        else:
            profile_changes.request_change(**given)
        return _("已提交，校工会核对后办理，结果会发消息给您。")

    try:
        uploads = form.cleaned_data["papers"]
        papers = attachments.take_all(uploads=uploads, actor=request.user, at=request.at, sensitive=True)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return False
    return done_once(request, form, name="members.profile_change", act=act)


@require_POST
@login_required
def withdraw_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """撤回变更申请。"""
    change = get_object_or_404(ProfileChange.objects.filter(member__user=request.user), pk=pk)
    try:
        profile_changes.withdraw(change=change, actor=request.user, at=request.at)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("申请已撤回。"))
    return redirect("members:my_change")


@require_safe
@login_required
def changes(request: SignedInRequest) -> HttpResponse:
    """The branch's desk: requests of its people; a word may help the union decide."""
    rows = _told(_of_my_branches(request))
    waiting = [row for row in rows.filter(state=ChangeState.SUBMITTED)[:100] if not row.branch_word]
    others = [row for row in rows[:100] if row not in waiting]
    return render(request, "members/change_list.html", {"waiting": waiting, "others": others})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """One request of the branch: read it, say a word."""
    row = get_object_or_404(_told(_of_my_branches(request)), pk=pk)
    form = WordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            profile_changes.comment(change=row, actor=request.user, at=request.at, **form.cleaned_data)
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("意见已保存，由校工会审核。"))
        return redirect("members:changes")
    return render(request, "members/change_review.html", _story_of(row) | {"form": form})


def _of_my_branches(request: SignedInRequest):
    """Nobody without a branch gets here."""
    if not request.user.branch_ids:
        raise Http404
    return ProfileChange.objects.of_branches(request.user)


def _told(rows):
    return rows.select_related("member", "branch_word_by", "decided_by")


def _story_of(row: ProfileChange) -> dict:
    return {
        "change": row,
        "differences": change_story.differences(row),
        "steps": change_story.steps_of(row),
        "waits_for": change_story.waits_for(row),
        "papers": list(attachments.of(row)),
    }


@require_safe
@login_required
def my_card(request: SignedInRequest) -> HttpResponse:
    """The member card with its code, for a phone's screen."""
    member = own_file(request)
    row = MemberCode.objects.filter(member=member).first()
    facts = {
        "member": member,
        "standing": standing_on(clock.local_date(request.at), member.periods),
        "code": row,
        "picture": codes.picture_of(codes.plain_of(row)) if row else "",
        "most": codes.A_DAY,
    }
    return render(request, "members/my_card.html", facts)


@require_POST
@login_required
def renew_code(request: SignedInRequest) -> HttpResponse:
    """A new code; the old one opens nothing from now on."""
    again = MemberCode.objects.filter(member=own_file(request)).exists()
    try:
        codes.renew_code(actor=request.user, at=request.at)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("会员码已生成，以前的码立即失效。") if again else _("会员码已生成。"))
    return redirect("members:my_card")


@require_safe
@login_required
def my_card_pdf(request: SignedInRequest) -> FileResponse | HttpResponse:
    """My card on paper."""
    own_file(request)
    try:
        pdf = printing_cards.print_own_card(actor=request.user, at=request.at)
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect("members:my_card")
    return FileResponse(BytesIO(pdf), filename=_("会员证.pdf"), content_type="application/pdf")


@require_POST  # it makes codes for whoever has none
@login_required
def cards_pdf(request: SignedInRequest, pk: int) -> FileResponse:
    """The cards of a branch's people of today, eight on a sheet."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=pk)
    pdf = printing_cards.print_branch_cards(branch=branch, actor=request.user, at=request.at)
    filename = f"{branch.short_name}会员证{clock.local_date(request.at):%Y%m%d}.pdf"
    return FileResponse(BytesIO(pdf), filename=filename, content_type="application/pdf")
