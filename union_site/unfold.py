"""The look of the browser admin: settings of django-unfold. Nothing is loaded from another host."""

from functools import cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def site_header(request) -> str:
    from django.conf import settings

    return settings.UNION_NAME


def school(request) -> str:
    from django.conf import settings

    return settings.SCHOOL_NAME


def account_links(request) -> list[dict]:
    """What the menu at the foot of the side bar offers beside signing out."""
    return [
        {"title": _("会员门户"), "link": reverse("home")},
        {"title": _("修改密码"), "link": reverse("account_change_password")},
        {"title": _("双重验证"), "link": reverse("mfa_index")},
    ]


def navigation(request) -> list[dict]:
    """The pages that this user may open, grouped as their model admins say (``menu``, ``menu_order``, ``icon``)."""
    here = request.path
    top = reverse("admin:index")
    groups: list[dict[str, Any]] = [
        {"items": [{"title": _("总览"), "icon": "dashboard", "link": top, "active": here == top}]}
    ]
    for title, pages in _menu():
        items = [
            {**entry, "active": here.startswith(entry["link"])}
            for page, entry in pages
            if page.has_view_or_change_permission(request)
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


@cache
def _menu() -> list[tuple[str, list[tuple[Any, dict[str, str]]]]]:
    """Every group's words, its pages and their entries: the same for all users and requests."""
    from django.contrib import admin

    from core.admin import HouseAdmin, Menu

    groups: dict[str, list] = {menu: [] for menu in Menu}
    pages = [page for page in admin.site._registry.values() if isinstance(page, HouseAdmin)]
    for page in sorted(pages, key=lambda page: page.menu_order):
        link = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        entry = {"title": str(page.opts.verbose_name_plural), "icon": page.icon, "link": link}
        groups[page.menu].append((page, entry))
    return [(str(Menu(menu).label), pages) for menu, pages in groups.items()]


UNFOLD = {
    "SITE_TITLE": _("校工会"),
    "SITE_HEADER": site_header,
    "SITE_SUBHEADER": school,
    "SITE_URL": None,
    "SITE_SYMBOL": "diversity_3",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("union_site/favicon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "THEME": "light",
    "STYLES": [lambda request: static("union_site/admin.css")],
    "DASHBOARD_CALLBACK": "union_site.dashboard.context",
    "ACCOUNT": {"navigation": account_links},
    "SIDEBAR": {"show_search": False, "command_search": False},
}
