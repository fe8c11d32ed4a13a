"""Signing after a fresh sign-in: one claim, or all that are chosen; each answered by itself."""

from uuid import uuid4

import pytest
from django.test import Client

from core import clock
from core.enums import Role
from core.models import AuditEntry
from finance.expense_codes import ExpenseRefusal
from finance.models import Expense
from finance.services import expenses
from tests.cast import MEMBER, PASSWORD
from tests.finance.claims import DESKS, Office, make_rule
from tests.finance.factories import make_fund
from tests.fresh import fresh_client

pytestmark = pytest.mark.django_db
ALL = "/admin/finance/expense/sign/"


@pytest.fixture
def office() -> Office:
    """Of the year of the database's clock: pages act today."""
    fund = make_fund(year=clock.today().year)
    make_rule(expenses.ROUTE, {"其他": "分工会负责人、会计、主席"})
    return Office(fund, fund.line(1000))


def on_the_desk(office: Office, desk: str, amount: int = 300) -> Expense:
    """A claim of today that waits for ``desk``."""
    at, mine = clock.now(), office.user(MEMBER)
    claim = expenses.draft_expense(actor=mine, content=office.content(amount), at=at)
    claim = expenses.submit_expense(expense=claim, actor=mine, at=at)
    for before in DESKS[: DESKS.index(desk)]:
        claim = office.sign(claim, before, at=at)
    return claim


def state_of(claim: Expense) -> tuple[str, str]:
    found = Expense.objects.get(pk=claim.pk)
    return str(found.state), found.waits_for


def chosen(*claims: Expense) -> dict:
    return {"intent_key": str(uuid4()), "chosen": [f"{claim.pk}:{claim.digest}" for claim in claims]}


def seen(client: Client, path: str, data: dict) -> str:
    return client.post(path, data, follow=True).content.decode()


@pytest.mark.parametrize(
    ("desk", "path"),
    [
        (Role.BRANCH_OFFICER, "/finance/expenses/{}/"),
        (Role.CHAIR, "/admin/finance/expense/{}/decide/"),
        (Role.CHAIR, ALL),
    ],
)
def test_a_signature_waits_for_the_password_and_then_goes_on(office, desk, path):
    claim = on_the_desk(office, desk)
    before = state_of(claim)
    client = Client()
    client.force_login(office.user(desk), backend="core.backends.StaffNumberBackend")
    place = path.format(claim.pk)
    given = chosen(claim) | {"digest": claim.digest, "do": "approve", "word": ""}
    assert client.get(place).status_code == 200

    asked = client.post(place, given)
    left = state_of(claim)
    client.post(asked.url, {"password": "Wrong-Password-1"})
    wrong = state_of(claim)
    client.post(asked.url, {"password": PASSWORD})

    assert asked.url.split("?")[0] == "/accounts/reauthenticate/"
    assert left == wrong == before
    assert state_of(claim) != before


def test_chosen_claims_are_signed_each_by_itself_under_one_fresh_sign_in(office):
    """1,000 yuan on the line: the third is not covered; the fourth is not what the page showed."""
    claims = [on_the_desk(office, Role.CHAIR, amount) for amount in (300, 400, 500, 100, 200)]
    client = fresh_client(office.user(Role.CHAIR))
    shown = client.get(ALL).content.decode()
    form = chosen(*claims[:4])
    form["chosen"][3] = f"{claims[3].pk}:{'0' * 64}"

    said = seen(client, ALL, form)

    assert [state_of(claim)[0] for claim in claims] == ["approved", "approved", "submitted", "submitted", "submitted"]
    assert all(f"{claim.pk}:{claim.digest}" in shown for claim in claims)
    assert "****1234" in shown
    assert "已同意 2 份，合计 700.00 元。" in said
    assert f"{claims[2]} 未办理：" in said
    assert f"{claims[3]} 未办理：{ExpenseRefusal.CHANGED.label}" in said
    assert AuditEntry.objects.filter(action="finance.expense.approved", actor=office.user(Role.CHAIR)).count() == 2


def test_a_second_click_has_the_same_answer_and_signs_nothing_more(office):
    claims = [on_the_desk(office, Role.ACCOUNTANT) for _ in range(2)]
    client = fresh_client(office.user(Role.ACCOUNTANT))
    form = chosen(*claims)

    once, again = seen(client, ALL, form), seen(client, ALL, form)

    assert "已同意 2 份" in once
    assert "已同意 2 份" in again
    assert [claim.acts.filter(kind="approve").count() for claim in claims] == [2, 2]


def test_what_one_does_not_see_or_chose_badly_is_not_signed(office):
    claim = on_the_desk(office, Role.BRANCH_OFFICER)
    on_the_desk(office, Role.CHAIR)
    staff, chair = (fresh_client(office.user(role)) for role in (Role.UNION_STAFF, Role.CHAIR))

    assert "请选择要批准的报销单。" in chair.post(ALL, {"intent_key": str(uuid4())}).content.decode()
    for wrong in ("x", f"{claim.pk}:", f"{claim.pk}:{'g' * 64}"):
        assert chair.post(ALL, {"intent_key": str(uuid4()), "chosen": [wrong]}).status_code == 200
    seen(staff, ALL, chosen(claim))  # nothing of this claim is theirs
    said = seen(chair, ALL, chosen(claim))

    assert f"{claim} 未办理：{ExpenseRefusal.NOT_YOURS.label}" in said
    assert state_of(claim) == ("submitted", "branch")


def test_only_those_who_sign_have_the_page(office):
    for role in (Role.CASHIER, Role.AUDITOR):
        assert fresh_client(office.user(role)).get(ALL).status_code == 403


@pytest.mark.parametrize("number", [1, 6])
def test_the_page_costs_the_same_at_any_length(office, number, django_assert_max_num_queries):
    for _ in range(number):
        on_the_desk(office, Role.CHAIR, 10)
    client = fresh_client(office.user(Role.CHAIR))
    client.get(ALL)

    with django_assert_max_num_queries(12):
        client.get(ALL)
