"""What every portal page shows around its content: names, navigation by role, unread messages."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _

from notices.selectors import unread_count

MINE = ("members:my_file", "account")


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; ``badge`` counts what waits there."""

    label: str
    url: str
    icon: str
    is_current: bool
    badge: int = 0


class Shell:
    """Lazy: a page that does not print the navigation (the admin, a PDF) pays no query for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.school = settings.SCHOOL_NAME
        self.union = settings.UNION_NAME
        self._request = request
        self._here = request.resolver_match.view_name if request.resolver_match else ""

    @cached_property
    def unread(self) -> int:
        return unread_count(self._request.user)

    @cached_property
    def places(self) -> list[Place]:
        """The bottom bar of a phone, the bar at the top of a desk; empty before sign-in."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        here = self._here
        places = [
            Place(_("首页"), reverse("home"), "home", here == "home"),
            Place(_("消息"), reverse("notices:inbox"), "mail", here.startswith("notices:"), self.unread),
            Place(_("我的"), reverse("members:my_file"), "person", here in MINE),
        ]
        if user.branch_ids:
            is_here = here.startswith("members:") and here not in MINE
            places.append(Place(_("分会"), reverse("members:my_members"), "people", is_here))
        if user.is_staff:
            places.append(Place(_("管理"), reverse("admin:index"), "gear", False))
        return places


def context(request: HttpRequest) -> dict:
    return {"portal": SimpleLazyObject(lambda: Shell(request))}
