"""The fund's entries on the portal's first page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.tiles import Section, Tile, add


def _answers_for_a_branch(user: Any) -> bool:
    return bool(user.branch_ids)


add(
    Tile(
        _("分工会经费"),
        "finance:branch_fund",
        Section.BRANCH,
        order=35,
        icon="wallet",
        hint=_("本分会预算、已用和可用金额"),
        shown=_answers_for_a_branch,
    )
)
