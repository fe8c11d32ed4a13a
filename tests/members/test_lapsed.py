"""视为退会: six unbroken months without dues make a list; only the committee's decision makes somebody leave."""

from datetime import date
from decimal import Decimal

import pytest

from core import clock
from core.enums import Role
from members import arrears
from members.models import DuesLine, DuesList, DuesPayment, Member, Membership, MembershipAct
from members.rules.dues import unpaid_to_the_last
from tests.acts import acts
from tests.cast import MEMBER, Cast, make_cast

LAPSED = "/admin/members/membershipact/lapsed/"
ON = date(2022, 9, 1)
DECIDED = {
    **{"on": "2022-08-31", "approved_by": "校工会委员会2022年第6次会议", "document": "工会〔2022〕6号"},
    **{"basis": "中国工会章程第六条", "checked": "on"},
}


@pytest.fixture
def cast(db):
    return make_cast()


def month(number: int) -> date:
    return date(2022, number, 1)


@pytest.mark.parametrize(
    ("paid", "unpaid", "run"),
    [
        ([], [], []),
        ([], [1, 2, 3], [1, 2, 3]),
        ([2], [1, 3, 4], [3, 4]),
        ([4], [1, 2, 3], []),
        ([], [1, 2, 4, 5], [4, 5]),  # a month without a line: kept, or off the roll
    ],
)
def test_the_run_of_unpaid_months_ends_with_the_last_one_listed(paid, unpaid, run):
    listed = sorted([*((month(n), True) for n in paid), *((month(n), False) for n in unpaid)])

    assert unpaid_to_the_last(listed) == [month(n) for n in run]


def test_the_run_goes_over_the_end_of_a_year():
    listed = [(date(2021, 12, 1), False), (date(2022, 1, 1), False)]

    assert len(unpaid_to_the_last(listed)) == 2


def owe(cast: Cast, actor: str, *months: int, paid: tuple[int, ...] = ()) -> Member:
    """Lines of these months for the actor's member, of 20 yuan each; ``paid`` ones are booked."""
    member, at = cast.member_of(actor), clock.now()
    staff = cast.users[Role.UNION_STAFF]
    for number in months:
        frozen = {"rate": Decimal("0.5"), "frozen_by": staff, "frozen_at": at}
        made, _new = DuesList.objects.get_or_create(month=month(number), defaults=frozen)
        line = DuesLine.objects.create(
            dues_list=made, member=member, branch=cast.branch, basis=4000, amount=20, by_payroll=False
        )
        if number in paid:
            booked = {"booked_by": staff, "booked_at": at, "paid_on": month(number), "way": "cash"}
            DuesPayment.objects.create(line=line, turn=1, amount=20, **booked)
    return member


def test_listed_from_the_sixth_unbroken_month_on(cast):
    six = owe(cast, MEMBER, 1, 2, 3, 4, 5, 6)
    owe(cast, Role.TELLER, 2, 3, 4, 5, 6)
    owe(cast, Role.CHAIR, 1, 2, 3, 4, 5, 6, 7, paid=(7,))
    owe(cast, Role.HANDLER, 1, 2, 3, 4, 5, 6, 7, paid=(4,))
    gone = owe(cast, Role.AUDITOR, 1, 2, 3, 4, 5, 6)
    Membership.objects.filter(member=gone).update(until_on=ON, reason_out="left")

    (row,) = arrears.lapsed(on=ON)

    assert (row.member, row.months, row.amount) == (six, 6, Decimal(120))
    assert (row.branch, row.since, row.last) == ("甲院", month(1), month(6))
    assert arrears.lapsed(on=date(2022, 6, 30)) == []  # June itself is not over


def test_list_costs_the_same_for_one_and_for_many(cast, django_assert_num_queries):
    for actor in (MEMBER, Role.TELLER, Role.CHAIR):
        owe(cast, actor, 1, 2, 3, 4, 5, 6)

    with django_assert_num_queries(2):
        assert len(arrears.lapsed(on=ON)) == 3


def decide(client, cast: Cast, actor: str, *members: Member, **given):
    client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
    page = client.get(LAPSED)
    body = page.content.decode()
    key = body.split('name="intent_key" value="')[1].split('"')[0] if "intent_key" in body else ""
    ticked = [str(member.pk) for member in members]
    return client.post(LAPSED, {**DECIDED, "members": ticked, "intent_key": key, **given})


def test_clerk_records_the_decision_for_those_he_ticked(client, cast):
    left = owe(cast, MEMBER, 1, 2, 3, 4, 5, 6)
    stays = owe(cast, Role.TELLER, 1, 2, 3, 4, 5, 6)

    answer = decide(client, cast, Role.UNION_STAFF, left)

    assert answer.status_code == 302
    act = MembershipAct.objects.get()
    assert (act.member, act.kind, act.document, act.basis) == (left, "left", "工会〔2022〕6号", "中国工会章程第六条")
    assert act.approved_by == "校工会委员会2022年第6次会议"
    assert left.memberships.get().until_on == ON
    assert stays.memberships.get().until_on is None


@pytest.mark.parametrize("missing", ["on", "approved_by", "document", "basis", "checked", "members"])
def test_nobody_leaves_without_decision_document_and_talk(client, cast, missing):
    member = owe(cast, MEMBER, 1, 2, 3, 4, 5, 6)
    before = acts().count()

    answer = decide(client, cast, Role.UNION_STAFF, member, **{missing: ""})

    assert answer.status_code == 200
    assert not MembershipAct.objects.exists()
    assert acts().count() == before


def test_who_has_paid_meanwhile_or_is_not_listed_cannot_be_ticked(client, cast):
    paid = owe(cast, MEMBER, 1, 2, 3, 4, 5, 6, paid=(6,))
    owe(cast, Role.TELLER, 1, 2, 3, 4, 5, 6)

    answer = decide(client, cast, Role.UNION_STAFF, paid)

    assert answer.status_code == 200
    assert not MembershipAct.objects.exists()


def test_chair_reads_the_list_and_records_nothing(client, cast):
    member = owe(cast, MEMBER, 1, 2, 3, 4, 5, 6)

    answer = decide(client, cast, Role.CHAIR, member)

    assert answer.status_code == 403
    assert not MembershipAct.objects.exists()
