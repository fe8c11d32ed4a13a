"""Whoever may act next on a claim is told in his inbox, once for each step; nobody who is kept apart is."""

from core import telling
from core.enums import Role
from core.offices import holders
from finance.enums import Desk
from finance.models import Expense
from finance.querysets import ROLES
from finance.services.claims import apart_from


def tell_desk(expense: Expense) -> None:
    """Everybody who may sign now, substitutes too; inside the transaction that brought it to this desk."""
    desk = Desk(expense.waits_for)
    what = "finance.expense_waits" if desk == Desk.BRANCH else "finance.expense_waits_in_office"
    claim = Expense.objects.filter(pk=expense.pk)
    for user in holders(ROLES[desk], branch=expense.branch_id if desk == Desk.BRANCH else None):
        if claim.waiting_for(user).exists():
            telling.tell(what, user=user.pk, expense=expense.pk)


def tell_cashiers(expense: Expense) -> None:
    """It is approved: whoever may pay it."""
    apart = apart_from(expense)
    for user in holders(Role.CASHIER):
        if not apart & user.counts_as:
            telling.tell("finance.expense_payable", user=user.pk, expense=expense.pk)
