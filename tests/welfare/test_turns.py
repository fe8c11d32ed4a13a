"""Who has to decide on a list, or on a change of it, is told once; who made it or whom it is about is not."""

import pytest

from core.enums import Role
from core.models import OutboxMessage
from notices import tasks  # noqa: F401  # the handler
from tests.cast import MEMBER
from tests.draining import run_pending
from tests.welfare.factories import AT, Office, make_office
from welfare import tasks as say  # noqa: F401  # the words
from welfare.services import exceptions

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return make_office()


def told(office: Office, what: str) -> list[str]:
    roles = {user.pk: role for role, user in office.cast.users.items() if user}
    rows = OutboxMessage.objects.filter(name="notices.tell")
    return [roles[row.args["user"]] for row in rows if row.args["what"] == what]


def ask(office: Office, role: str, actor: str = Role.UNION_STAFF) -> None:
    member = office.cast.member_of(role)
    given = {"benefit": office.frozen(), "kind": "withdraw", "member": member, "branch": None, "reason": "去世"}
    exceptions.ask_exception(**given, actor=office.cast.users[actor], at=AT)


def test_the_chair_is_told_of_a_frozen_list_and_of_a_change_that_is_asked_for(office):
    ask(office, MEMBER)

    run_pending()

    assert told(office, "welfare.benefit_waits") == [Role.CHAIR]
    assert told(office, "welfare.exception_waits") == [Role.CHAIR]
    said = sorted(message.body for message in office.chair.inbox_messages.all())
    assert ["端午节慰问" in body for body in said] == [True, True]


def test_whom_a_change_is_about_is_not_told_to_decide_it(office):
    ask(office, Role.CHAIR)

    assert told(office, "welfare.exception_waits") == []
