"""Notices on the portal's first page."""

from django.utils.translation import gettext_lazy as _

from core import clock
from core.tiles import Section, Tile, add
from notices.board import unconfirmed

add(
    Tile(
        _("通知公告"),
        "notices:news",
        Section.MINE,
        order=10,
        icon="megaphone",
        hint=_("工会通知、新闻和制度"),
        waiting=lambda user: unconfirmed(user, at=clock.now()),
    )
)
