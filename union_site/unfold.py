"""The look of the browser admin: its frame, and settings of django-unfold. Nothing is loaded from another host."""

from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


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


def frame(navigation: list[dict[str, Any]]) -> dict[str, Any]:
    """What ``admin/base.html`` shows around every page."""
    from django.conf import settings

    shown = itemgetter("link", "active", "icon", "title")
    groups = tuple((group.get("title", ""), tuple(map(shown, group["items"]))) for group in navigation)
    return {**_fixed(), "union": settings.UNION_NAME, "school": settings.SCHOOL_NAME, "menu": _drawn(groups)}


@cache
def _fixed() -> dict[str, Any]:
    """Addresses and assets: the same for all users and requests."""
    sheets = format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in SHEETS))
    scripts = format_html_join("\n", '<script src="{}" defer></script>', ((static(name),) for name in SCRIPTS))
    icon = format_html('<link rel="icon" type="image/svg+xml" href="{}">', static("union_site/favicon.svg"))
    own_links = [
        (_("会员门户"), reverse("home")),
        (_("修改密码"), reverse("account_change_password")),
        (_("双重验证"), reverse("mfa_index")),
    ]
    head = format_html("{}\n{}\n{}", sheets, icon, scripts)
    return {"head": head, "top": reverse("admin:index"), "logout": reverse("account_logout"), "own_links": own_links}


@lru_cache(maxsize=1000)
def _drawn(groups: tuple) -> SafeString:
    """The side bar; drawn anew only for other pages, other rights or another place."""
    return format_html(
        '<nav class="house-nav" id="nav-sidebar-apps" aria-label="{}">{}</nav>',
        _("菜单"),
        format_html_join("", "{}<ul>{}</ul>", ((_heading(title), _entries(items)) for title, items in groups)),
    )


def _heading(title: str) -> str:
    return format_html("<h2>{}</h2>", title) if title else ""


def _entries(items: tuple) -> SafeString:
    icon = '<span class="material-symbols-outlined" aria-hidden="true">{}</span>'
    here = format_html(' aria-current="{}"', "page")
    shape = '<li><a href="{}"{}>' + icon + "{}</a></li>"
    return format_html_join("", shape, ((link, here if active else "", *rest) for link, active, *rest in items))


SHEETS = (
    "unfold/fonts/inter/styles.css",
    "unfold/fonts/material-symbols/styles.css",
    "union_site/admin.css",
    "unfold/css/styles.css",
)
SCRIPTS = (
    *(f"unfold/js/alpine/alpine.{part}.js" for part in ("anchor", "persist", "sort", "resize")),
    "unfold/js/simplebar/simplebar.js",
    "unfold/js/app.js",
    "unfold/js/alpine/alpine.js",
)
UNFOLD = {
    "SITE_TITLE": _("校工会"),
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "union_site.dashboard.context",
}
