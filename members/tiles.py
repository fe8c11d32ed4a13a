"""The register's entries on the portal's first page."""

from django.utils.translation import gettext_lazy as _

from core.tiles import Section, Tile, add

add(
    Tile(
        _("我的档案"),
        "members:my_file",
        Section.MINE,
        order=20,
        icon="person",
        hint=_("个人信息、会籍、谁看过我的信息"),
    )
)
add(
    Tile(
        _("我的会员"),
        "members:my_members",
        Section.BRANCH,
        order=10,
        icon="people",
        hint=_("本分会在册会员"),
        shown=lambda user: bool(user.branch_ids),
    )
)
add(Tile(_("我的会费"), "members:my_dues", Section.MINE, order=30, icon="wallet", hint=_("缴费记录、工资代扣授权")))
add(
    Tile(
        _("会费提醒"),
        "members:dues_behind",
        Section.BRANCH,
        order=40,
        icon="wallet",
        hint=_("本分会有未缴月份的会员"),
        shown=lambda user: bool(user.branch_ids),
    )
)
