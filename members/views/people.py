"""The portal's pages about people: my file, and the branch officer's workbench."""

from datetime import date
from io import BytesIO

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core import clock, pagination
from core.models import User
from core.requests import SignedInRequest
from members import dossier, selection
from members.filters import IN_BRANCH, Asked, Choices, RollFilter
from members.forms.search import MemberSearch
from members.models import Branch, Member
from members.selection import Selection
from members.services import printing
from members.story import story_of

PAGE_SIZE = 50
BY_NAME = ("pinyin", "id")


@require_safe
@login_required
def my_file(request: SignedInRequest) -> HttpResponse:
    """Everything the union keeps about me, masked where a glance over the shoulder could harm, and who looked."""
    member = dossier.file_of(request.user)
    if member is None:
        return render(request, "members/no_file.html")
    today = clock.local_date(request.at)
    standing = dossier.standing_of(member, today)
    return render(
        request,
        "members/my_file.html",
        {
            "member": member,
            "secrets": dossier.secret_ends_of(member),
            "periods": member.periods,
            "standing": standing,
            "officers": dossier.officers_to_tell(member, standing.branch, today) if standing.on_roll else [],
            "looks": dossier.looks_at(member),
            "story": story_of(member, kind=request.GET.get("kind", "")),
        },
    )


@require_safe
@login_required
def my_members(request: SignedInRequest) -> HttpResponse:
    """The branch officer's workbench: the members of his branches today, searched, narrowed and paged."""
    branches = list(Branch.objects.filter(pk__in=request.user.branch_ids))
    if not branches:
        raise Http404
    form = MemberSearch(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "after": "", "before": ""}
    today = clock.local_date(request.at)
    everybody = (
        Member.objects.visible_to(request.user)
        .in_branches(request.user.branch_ids, on=today)
        .annotate(branch_name=F("memberships__branch__short_name"))
    )
    chosen = selection.narrowed(request.GET, to=IN_BRANCH, search=asked["q"])
    found = chosen.within(everybody, user=request.user, on=today)
    turn = pagination.page_before if asked["before"] else pagination.page_after
    return render(
        request,
        "members/my_members.html",
        {
            "branches": branches,
            "form": form,
            "query": asked["q"],
            "filters": filters_of(chosen, user=request.user, on=today),
            "narrowed": chosen.words(user=request.user, on=today),
            "export": f"?{chosen.query}" if request.user.has_perm("members.export_own_branch") else "",
            "count": pagination.count_of(found, whole=False),
            "page": turn(found, order=BY_NAME, size=PAGE_SIZE, cursor=asked["before"] or asked["after"]),
        },
    )


def filters_of(chosen: Selection, *, user: User, on: date) -> list[tuple[RollFilter, Choices, str]]:
    """The workbench's filters with what they offer and what is chosen of it."""
    asked = Asked(user, on, chosen.given)
    return [(spec, spec.choices(asked), chosen.given.get(spec.name, "")) for spec in IN_BRANCH]


@require_safe
@login_required
def member_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One member as his branch officer may know him: masked, without numbers and origins."""
    member = get_object_or_404(Member.objects.visible_to(request.user), pk=pk)
    standing = dossier.standing_of(member, clock.local_date(request.at))
    story = story_of(member, kind=request.GET.get("kind", ""), for_officer=True)
    return render(
        request,
        "members/member_detail.html",
        {"member": member, "periods": member.periods, "standing": standing, "story": story},
    )


@require_safe
@login_required
def roll_pdf(request: SignedInRequest, pk: int) -> FileResponse:
    """The branch's roll of today, for paper."""
    branch = get_object_or_404(Branch.objects.visible_to(request.user), pk=pk)
    pdf = printing.print_branch_roll(branch=branch, actor=request.user, at=request.at)
    filename = f"{branch.short_name}花名册{clock.local_date(request.at):%Y%m%d}.pdf"
    return FileResponse(BytesIO(pdf), filename=filename, content_type="application/pdf")
