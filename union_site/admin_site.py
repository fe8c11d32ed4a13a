"""The browser admin: our apps' pages only, no address that leads nowhere, a Content-Security-Policy of its own."""

from functools import cache
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from unfold.settings import get_config
from unfold.sites import UnfoldAdminSite

from union_site.unfold import frame, navigation

# Alpine evaluates the expressions in unfold's templates and writes style attributes.
POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
}
# Sign-in, sign-out and passwords are allauth's; rows are found in their own lists.
NOT_OURS = frozenset(
    {
        "login",
        "logout",
        "password_change",
        "password_change_done",
        "search",
        "view_on_site",
        "app_list",
        "autocomplete",
    }
)


@cache
def form_classes() -> dict[str, str]:
    """The classes of Unfold's fields."""
    return get_config()["FORMS"]["classes"]


class UnionAdminSite(UnfoldAdminSite):
    """Registers the house's models and ignores what libraries register of theirs."""

    final_catch_all_view = False
    site_title = site_header = _("校工会")

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_config.name in settings.HOUSE]
        super().register(ours, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_OURS]

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_staff

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Django's, and what our frame shows; Unfold's settings of a frame of its own are not asked for."""
        menu = navigation(request) if self.has_permission(request) else []
        context = AdminSite.each_context(self, request)
        return context | {"sidebar_navigation": menu, "frame": frame(menu), "form_classes": form_classes()}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list:
        """Nothing lists apps: the side bar is ``union_site.unfold.navigation``."""
        return []

    def admin_view(self, view, cacheable: bool = False):
        """As Django's, but signed out goes to the portal's sign-in, and no office in the admin is a plain refusal."""
        guarded = super().admin_view(view, cacheable)

        @csp_replace(POLICY)
        def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                from django.contrib.auth.views import redirect_to_login

                return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
            if not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return inner
