"""W1: every state x event x actor of claims; what the table does not name is refused and changes nothing."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from core.enums import Role
from finance.enums import ExpenseState as S
from finance.expense_codes import CannotClaim
from finance.models import Expense, Payment
from finance.services import approvals, expenses, payments
from tests.acts import acts
from tests.cast import DELEGATE, MEMBER, OTHER_BRANCH_OFFICER
from tests.finance.claims import Office, make_office, stand_in
from tests.finance.factories import AT

pytestmark = pytest.mark.django_db
BATCHED = "in a batch"  # approved, and a payment waits
ACTORS = (
    *(MEMBER, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER, Role.UNION_STAFF, Role.ACCOUNTANT, Role.CHAIR),
    *(Role.CASHIER, Role.AUDITOR, Role.HANDLER, Role.SYSTEM_ADMIN),
    DELEGATE,  # stands in for the branch's officer
)


def _return(office: Office, expense: Expense) -> Expense:
    return approvals.return_expense(expense=expense, reason="补", actor=office.user(Role.BRANCH_OFFICER), at=AT)


def _reject(office: Office, expense: Expense) -> Expense:
    return approvals.reject_expense(expense=expense, reason="否", actor=office.user(Role.BRANCH_OFFICER), at=AT)


def _batched(office: Office) -> Expense:
    expense = office.approved()
    office.batch(expense)
    return expense


def _withdraw(office: Office, expense: Expense) -> Expense:
    return expenses.withdraw_expense(expense=expense, actor=office.user(MEMBER), at=AT)


STATES = {
    S.DRAFT: lambda office: office.draft(),
    S.SUBMITTED: lambda office: office.submitted(),
    S.RETURNED: lambda office: _return(office, office.submitted()),
    S.APPROVED: lambda office: office.approved(),
    BATCHED: lambda office: _batched(office),
    S.PAID: lambda office: office.paid(),
    S.REJECTED: lambda office: _reject(office, office.submitted()),
    S.WITHDRAWN: lambda office: _withdraw(office, office.draft()),
}
EVENTS = {
    "change": lambda o, e, by: expenses.change_expense(expense=e, content=o.content(bills=[], account=""), **by),
    "submit": lambda o, e, by: expenses.submit_expense(expense=e, **by),
    "withdraw": lambda o, e, by: expenses.withdraw_expense(expense=e, **by),
    "recall": lambda o, e, by: expenses.reopen_content(expense=e, reason="改", **by),
    "approve": lambda o, e, by: approvals.approve_expense(expense=e, digest=e.digest, **by),
    "return": lambda o, e, by: approvals.return_expense(expense=e, reason="补", **by),
    "reject": lambda o, e, by: approvals.reject_expense(expense=e, reason="否", **by),
    "batch": lambda o, e, by: payments.make_batch(expenses=[e], **by),
    "pay": lambda o, e, by: payments.mark_paid(batch=_payment(e).batch, payments=[_payment(e).pk], **by),
    "drop": lambda o, e, by: payments.drop_payment(payment=_payment(e), reason="未付", **by),
    "bounce": lambda o, e, by: payments.bounce_payment(payment=_payment(e), reason="退", **by),
}
# What may be done, and by whom; the branch's turn comes first.
MAY = {
    *((state, event, MEMBER) for state in (S.DRAFT, S.RETURNED) for event in ("change", "submit", "withdraw")),
    *((state, event, MEMBER) for state in (S.SUBMITTED, S.APPROVED) for event in ("withdraw", "recall")),
    *(
        (S.SUBMITTED, event, actor)
        for event in ("approve", "return", "reject")
        for actor in (Role.BRANCH_OFFICER, DELEGATE)
    ),
    *((S.APPROVED, event, Role.CASHIER) for event in ("batch",)),
    (BATCHED, "pay", Role.CASHIER),
    (BATCHED, "drop", Role.CASHIER),
    (S.PAID, "bounce", Role.CASHIER),
}


def _payment(expense: Expense) -> Payment:
    return expense.payments.select_related("batch").latest("pk")


def _claim_state(expense: Expense) -> tuple:
    row = Expense.objects.get(pk=expense.pk)
    return row.state, row.round, row.waits_for, row.digest, row.amount, row.acts.count(), row.payments.count()


def test_the_declared_transitions_are_those_of_the_table():
    declared = {t.name for t in Expense().get_all_state_transitions()}

    assert declared == {
        "submit",
        "approve",
        "send_back",
        "reject",
        "recall",
        "withdraw",
        "pay",
        "reopen",
        "come_back",
    }
    assert set(STATES) == {*S, BATCHED}


def test_every_cell():
    office = make_office(100_000)
    stand_in(office, DELEGATE, Role.BRANCH_OFFICER)
    claims = {state: make(office) for state, make in STATES.items()}
    wrong = []
    for state, claim in claims.items():
        assert Expense.objects.get(pk=claim.pk).state == (S.APPROVED if state == BATCHED else state)
        for event in EVENTS:
            for actor in ACTORS:
                done = _tried(office, claim, event, actor)
                if done is not ((state, event, actor) in MAY):
                    wrong.append((state, event, actor, done))
    assert wrong == []


def _tried(office: Office, claim: Expense, event: str, actor: str) -> bool:
    """Whether it was done; then undone. A refusal has changed nothing."""
    expense = Expense.objects.get(pk=claim.pk)
    if event in ("pay", "drop", "bounce") and not expense.payments.exists():
        return False
    before, known = _claim_state(expense), acts().count()
    mark = transaction.savepoint()
    try:
        EVENTS[event](office, expense, {"actor": office.user(actor), "at": AT})
    except (CannotClaim, PermissionDenied):
        assert (_claim_state(expense), acts().count()) == (before, known)
        return False
    else:
        assert acts().count() > known
        return True
    finally:
        transaction.savepoint_rollback(mark)
