"""The look of the browser admin: settings of django-unfold. Nothing is loaded from another host."""

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
    from django.contrib import admin

    from core.admin import HouseAdmin, Menu

    groups: dict[str, list] = {menu: [] for menu in Menu}
    pages = [page for page in admin.site._registry.values() if isinstance(page, HouseAdmin)]
    for page in sorted(pages, key=lambda page: page.menu_order):
        if page.has_view_or_change_permission(request):
            link = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
            groups[page.menu].append({"title": page.opts.verbose_name_plural, "icon": page.icon, "link": link})
    overview = {"items": [{"title": _("总览"), "icon": "dashboard", "link": reverse("admin:index")}]}
    return [overview] + [{"title": Menu(menu).label, "items": items} for menu, items in groups.items() if items]


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
    "SIDEBAR": {"show_search": False, "command_search": False, "navigation": navigation},
}
