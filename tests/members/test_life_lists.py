"""Who is due to retire, the ceremonies, card numbers for the roll, and the admin pages that show them."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.enums import JoinState
from members.models import JoinApplication, Member, MembershipAct
from members.selectors import life as selectors_life
from members.services import cards, life
from tests.cast import MEMBER, make_cast
from tests.members.factories import make_member, make_membership
from tests.members.joining import make_application

pytestmark = pytest.mark.django_db
DUE, RECORD = "/admin/members/membershipact/retirement/", "/admin/members/membershipact/record/"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def rules(db):
    call_command("load_reference", verbosity=0)


def somebody(cast, **fields) -> Member:
    member = make_member(**fields)
    make_membership(member=member, branch=cast.branch)
    return member


def due(until: date) -> list[tuple]:
    return [(row.member.name, row.retires_on, row.is_assumed) for row in selectors_life.retirement_due(until=until)]


def test_due_are_those_on_the_roll_in_order_of_their_day(cast, rules):
    somebody(cast, name="男甲", sex="male", birth_on=date(1965, 1, 1))  # 2025-02-01
    somebody(cast, name="女工", sex="female", birth_on=date(1975, 2, 1), staff_category="worker")  # 2025-03-01
    somebody(cast, name="女未登记", sex="female", birth_on=date(1970, 1, 10))  # as a cadre 2025-02-10
    somebody(cast, name="女教授", sex="female", birth_on=date(1970, 1, 10), staff_category="senior")  # 2030
    make_member(name="不在会", sex="male", birth_on=date(1960, 1, 1))

    assert due(date(2025, 3, 1)) == [
        ("男甲", date(2025, 2, 1), False),
        ("女未登记", date(2025, 2, 10), True),
        ("女工", date(2025, 3, 1), False),
    ]
    assert len(due(date(2025, 2, 28))) == 2
    assert (
        selectors_life.retirement_unknown(on=date(2025, 3, 1))
        == Member.objects.filter(name__startswith="人物").count()
    )


def test_without_policy_rows_nobody_is_due(cast):
    somebody(cast, sex="male", birth_on=date(1950, 1, 1))

    assert due(date(2026, 1, 1)) == []


def test_due_row_names_the_rule_that_judged_it(cast, rules):
    somebody(cast, sex="male", birth_on=date(1965, 1, 1))

    (row,) = selectors_life.retirement_due(until=date(2025, 3, 1))

    assert (row.rule.key, row.rule.mark, row.rule.effect) == ("members.retirement.male", "M", "warn")


def test_due_list_costs_the_same_for_many(cast, rules, django_assert_num_queries):
    for _ in range(30):
        somebody(cast, sex="male", birth_on=date(1965, 1, 1))

    with django_assert_num_queries(5):
        assert len(selectors_life.retirement_due(until=date(2026, 1, 1))) == 30


def test_staff_retire_the_ticked_ones_each_with_an_act(client, cast, rules):
    people = [somebody(cast, name=f"老{n}", sex="male", birth_on=date(1962, 6, 1)) for n in range(3)]
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    page = client.get(DUE)
    key = page.content.decode().split('name="intent_key" value="')[1].split('"')[0]
    form = {"members": [people[0].pk, people[1].pk], "intent_key": key, "document": "人事〔2026〕9号"}

    unchecked = client.post(DUE, form)
    done = client.post(DUE, form | {"checked": "on"})

    assert (unchecked.status_code, done.status_code) == (200, 302)
    acts = MembershipAct.objects.order_by("pk")
    assert [(act.member, act.on, act.document) for act in acts] == [
        (person, date(2022, 6, 1), "人事〔2026〕9号") for person in people[:2]
    ]
    assert AuditEntry.objects.filter(action="members.membershipact.recorded").count() == 2


def test_ceremonies_list_newcomers_and_farewells_of_a_term(cast):
    member = somebody(cast, name="老李")
    at = clock.now()
    life.retire(member=member, on=date(2025, 12, 31), actor=cast.users[Role.UNION_STAFF], at=at)
    row = make_application(cast, JoinState.ADMITTED)  # from 2026-03-05 on

    def names(found) -> list[str]:
        return [period.member.name for period in found]

    assert names(selectors_life.newcomers(from_on=date(2026, 3, 5), until_on=date(2026, 3, 6))) == [row.name]
    assert names(selectors_life.newcomers(from_on=date(2026, 3, 6), until_on=date(2027, 1, 1))) == []
    assert names(selectors_life.farewells(from_on=date(2025, 12, 31), until_on=date(2026, 1, 1))) == ["老李"]
    assert names(selectors_life.farewells(from_on=date(2026, 1, 1), until_on=date(2027, 1, 1))) == []


def test_everybody_on_the_roll_gets_a_card_number_once(cast):
    staff = cast.users[Role.UNION_STAFF]
    make_member(name="不在会")

    first = cards.number_the_roll(actor=staff, at=clock.now())
    again = cards.number_the_roll(actor=staff, at=clock.now())

    numbers = sorted(Member.objects.exclude(card_no="").values_list("card_no", flat=True))
    assert numbers == [f"{n:06}" for n in range(1, first + 1)]
    assert again == 0
    assert AuditEntry.objects.filter(action="members.card.issued").count() == 1
    with pytest.raises(PermissionDenied):
        cards.number_the_roll(actor=cast.users[MEMBER], at=clock.now())


def test_category_is_set_by_staff_only_and_not_ones_own(cast):
    member, at = somebody(cast, sex="female"), clock.now()

    life.categorise(member=member, category="worker", actor=cast.users[Role.UNION_STAFF], at=at)

    member.refresh_from_db()
    assert member.staff_category == "worker"
    for actor, whom in ((Role.CHAIR, member), (Role.UNION_STAFF, cast.member_of(Role.UNION_STAFF))):
        with pytest.raises(PermissionDenied):
            life.categorise(member=whom, category="cadre", actor=cast.users[actor], at=at)


def test_record_page_says_in_words_why_a_change_is_refused(client, cast):
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    key = client.get(RECORD).content.decode().split('name="intent_key" value="')[1].split('"')[0]
    staff_no = cast.member_of(MEMBER).staff_no

    page = client.post(RECORD, {"staff_no": staff_no, "kind": "expelled", "on": "2026-03-31", "intent_key": key})

    assert "请填写文号" in page.content.decode()
    assert not MembershipAct.objects.exists()


def test_chair_approves_in_the_admin_what_staff_prepared(client, cast):
    row = make_application(cast, JoinState.BRANCH_APPROVED)
    places = {Role.UNION_STAFF: "prepare", Role.CHAIR: "approve"}
    typed = {
        Role.UNION_STAFF: {"minute": "校工会委员会2026年第2次会议", "met_on": "2026-03-05"},
        Role.CHAIR: {"checked": "on"},
    }
    for actor, place in places.items():
        client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
        address = f"/admin/members/joinapplication/{place}/"
        page = client.get(address).content.decode()
        key = page.split('name="intent_key" value="')[1].split('"')[0]
        assert row.name in page
        answer = client.post(address, {"applications": [row.pk], "intent_key": key} | typed[actor])
        assert answer.status_code == 302, answer.content.decode()

    assert JoinApplication.objects.get().state == JoinState.ADMITTED
