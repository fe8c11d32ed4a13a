"""Whoever may act next on a claim is told once, in his inbox; nobody who is kept apart is."""

from collections import Counter

import pytest

from core.enums import Role
from core.models import OutboxMessage, User
from finance import tasks as words  # noqa: F401  # what is said
from finance.enums import Desk
from finance.querysets import ROLES
from finance.services import approvals, expenses
from notices import tasks  # noqa: F401  # the handler
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER
from tests.draining import run_pending
from tests.finance.claims import DESKS, Office, make_office, stand_in
from tests.finance.factories import AT

pytestmark = pytest.mark.django_db
WAITS, IN_OFFICE, PAYABLE = "finance.expense_waits", "finance.expense_waits_in_office", "finance.expense_payable"


@pytest.fixture
def office() -> Office:
    return make_office()


def told(office: Office) -> Counter:
    """(what, role) of everybody who was told that it is his turn."""
    roles = {user.pk: role for role, user in office.fund.cast.users.items() if user}
    rows = OutboxMessage.objects.filter(name="notices.tell").order_by("pk")
    turns = [row.args for row in rows if row.args["what"] in (WAITS, IN_OFFICE, PAYABLE)]
    return Counter((args["what"], roles[args["user"]]) for args in turns)


def test_each_step_tells_whose_turn_it_is_once(office):
    claim = office.submitted(10)
    steps = [told(office)]
    for desk in DESKS:
        office.sign(claim, desk)
        steps.append(told(office) - sum(steps, Counter()))

    assert steps == [
        {(WAITS, Role.BRANCH_OFFICER): 1},
        {(IN_OFFICE, Role.ACCOUNTANT): 1},
        {(IN_OFFICE, Role.CHAIR): 1},
        {(PAYABLE, Role.CASHIER): 1},
    ]


def test_a_claim_handed_in_again_is_told_again(office):
    claim = office.submitted(10)
    chair = {"actor": office.user(Role.BRANCH_OFFICER), "at": AT}
    approvals.return_expense(expense=claim, reason="缺发票", **chair)
    expenses.submit_expense(expense=claim, actor=office.user(MEMBER), at=AT)

    assert told(office) == {(WAITS, Role.BRANCH_OFFICER): 2}


def test_another_branchs_officer_and_who_cannot_sign_in_are_told_nothing(office):
    User.objects.filter(pk=office.user(Role.ACCOUNTANT).pk).update(is_active=False)
    claim = office.submitted(10)
    office.sign(claim, Role.BRANCH_OFFICER)

    assert told(office) == {(WAITS, Role.BRANCH_OFFICER): 1}
    assert (WAITS, OTHER_BRANCH_OFFICER) not in told(office)


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.CHAIR, Role.CASHIER])
def test_nobody_is_told_of_his_own_claim(office, role):
    """The only accountant, chair or cashier asks for himself: it waits for a substitute, not for him."""
    claim = office.submitted(10, actor=role)
    for desk in claim.route:
        if ROLES[Desk(desk)] != role:  # his own desk: the database would refuse another's signature
            office.sign(claim, ROLES[Desk(desk)])
        else:
            break

    assert role not in {who for _what, who in told(office)}
    assert sum(told(office).values()) > 0


def test_a_substitute_is_told_too_but_not_of_a_claim_of_whom_he_stands_in_for(office):
    stand_in(office, Role.HANDLER, Role.ACCOUNTANT)
    ordinary, of_the_accountant = office.submitted(10), office.submitted(10, actor=Role.ACCOUNTANT)

    for claim in (ordinary, of_the_accountant):
        office.sign(claim, ROLES[Desk(claim.waits_for)])

    assert told(office)[IN_OFFICE, Role.HANDLER] == told(office)[IN_OFFICE, Role.ACCOUNTANT] == 1


def test_the_message_is_in_the_inbox_and_says_no_more_than_the_number(office):
    claim = office.submitted(10)

    run_pending()

    (message,) = office.user(Role.BRANCH_OFFICER).inbox_messages.all()
    assert str(claim) in message.body
    assert claim.purpose not in message.body
