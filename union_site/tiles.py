"""The roof's entries on the portal's first page."""

from django.utils.translation import gettext_lazy as _

from core.tiles import Section, Tile, add

add(
    Tile(
        _("账号与安全"),
        "account",
        Section.MINE,
        order=90,
        icon="shield",
        hint=_("修改密码、两步验证"),
    )
)
add(
    Tile(
        _("管理后台"),
        "admin:index",
        Section.UNION,
        order=10,
        icon="gear",
        hint=_("按您的角色开放的工作页面"),
        shown=lambda user: user.is_staff,
    )
)
