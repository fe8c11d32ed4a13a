"""One person's years on a page of the admin, read only."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.requests import SignedInRequest
from members.models import Member
from members.story import story_of


def story_view(request: SignedInRequest, *, pk: int, context: dict) -> HttpResponse:
    """What the member sees of himself, for union staff and chair."""
    if not request.user.has_perm("members.view_member"):
        raise PermissionDenied
    member = get_object_or_404(Member.objects.visible_to(request.user), pk=pk)
    story = story_of(member, kind=request.GET.get("kind", ""))
    title = _("工会经历：%(name)s") % {"name": member.name}
    return TemplateResponse(
        request, "admin/members/story.html", context | {"title": title, "original": member, "story": story}
    )
