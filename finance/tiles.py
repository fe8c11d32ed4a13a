"""The fund's entries on the portal's first page."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.tiles import Section, Tile, add
from finance.enums import ExpenseState
from finance.models import Expense
from members.dossier import file_of


def _answers_for_a_branch(user: Any) -> bool:
    return bool(user.branch_ids)


def _is_member(user: Any) -> bool:
    return file_of(user) is not None


def _returned(user: Any) -> QuerySet:
    return Expense.objects.filter(applicant=user, state=ExpenseState.RETURNED)


def _on_my_desk(user: Any) -> QuerySet:
    return Expense.objects.waiting_for(user).filter(branch__in=user.branch_ids)


add(
    Tile(
        _("我的报销"),
        "finance:my_expenses",
        Section.MINE,
        order=35,
        icon="wallet",
        hint=_("填报销单、查看审批和付款"),
        shown=_is_member,
        waiting=_returned,
    )
)
add(
    Tile(
        _("报销审批"),
        "finance:to_approve",
        Section.BRANCH,
        order=30,
        icon="wallet",
        hint=_("本分会的报销单"),
        shown=_answers_for_a_branch,
        waiting=_on_my_desk,
    )
)
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
