"""Welfare's entries on the portal's first page."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.tiles import Section, Tile, add
from members.dossier import file_of
from welfare.handing import choices_of, open_choices_of, runs_for
from welfare.selectors import waiting_of


def _has_file(user: Any) -> bool:
    return file_of(user) is not None


def _waiting(user: Any) -> QuerySet | int:
    member = file_of(user)
    return waiting_of(member) if member else 0


add(
    Tile(
        _("我的福利"),
        "welfare:my_benefits",
        Section.MINE,
        order=25,
        icon="gift",
        hint=_("历次慰问品、生日福利，领取情况"),
        shown=_has_file,
        waiting=_waiting,
    )
)
add(
    Tile(
        _("福利发放"),
        "welfare:branch_runs",
        Section.BRANCH,
        order=15,
        icon="gift",
        hint=_("本分会的发放名单"),
        shown=lambda user: bool(user.branch_ids),
    )
)
add(
    Tile(
        _("福利领取登记"),
        "handouts:runs",
        Section.BRANCH,
        order=16,
        icon="card",
        hint=_("扫会员码、登记领取"),
        shown=lambda user: user.has_perm("welfare.hand_out"),
        waiting=runs_for,
    )
)
add(
    Tile(
        _("选福利套餐"),
        "handouts:choices",
        Section.MINE,
        order=26,
        icon="gift",
        hint=_("在截止前选套餐和领取点"),
        shown=choices_of,
        waiting=lambda user: open_choices_of(user, at=Now()),
    )
)
