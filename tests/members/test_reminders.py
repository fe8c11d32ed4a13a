"""What the register says may fall due: whose retirement, and which application waits for whom; about which day."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from core import clock
from core.enums import Role
from core.models import RoleGrant
from core.reminders import source_of
from members.enums import JoinState
from members.models import JoinApplication
from tests.cast import make_cast
from tests.members.factories import make_member, make_membership
from tests.members.joining import make_application

pytestmark = pytest.mark.django_db
ON = date(2025, 1, 20)  # men born on 1 January 1965 retire on 1 February
BORN, DUE = date(1965, 1, 1), date(2025, 2, 1)
FAR = timedelta(days=400)
A_DAY = timedelta(days=1)


def told(code: str, on: date, first: date | None = None, last: date | None = None) -> list:
    source = source_of(code)
    assert source is not None
    return list(source.occasions(on, first or on - FAR, last or on + FAR))


def make_man(*, born: date, until_on: date | None = None, **fields):
    member = make_member(birth_on=born, sex="male", **fields)
    make_membership(member=member, until_on=until_on, reason_out="retired" if until_on else "")
    return member


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def ages():
    """The retirement ages as policy rows."""
    call_command("load_reference", verbosity=0)


def test_a_retirement_is_told_with_name_unit_day_and_whoever_is_in_charge(ages):
    member = make_man(born=BORN, name="张三")
    branch = member.memberships.get().branch

    (matter,) = told("members.retirement_due", ON)

    assert (matter.key, matter.member) == (f"retirement-{member.pk}", member.pk)
    assert (matter.on, matter.about) == (DUE, f"张三（{branch.short_name}）")
    assert (matter.waits_for, matter.branches) == ((Role.UNION_STAFF, Role.BRANCH_OFFICER), (branch.pk,))


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (DUE, DUE, 1),
        (DUE + A_DAY, DUE + FAR, 0),
        (ON, DUE - A_DAY, 0),
    ],
)
def test_both_ends_of_the_span_belong_to_it(ages, first, last, count):
    make_man(born=BORN)

    assert len(told("members.retirement_due", ON, first, last)) == count


def test_who_has_left_or_has_no_birth_date_is_no_matter(ages):
    make_man(born=BORN, until_on=ON)
    make_membership(member=make_member(sex="male", birth_on=None))

    assert told("members.retirement_due", ON) == []


def test_a_corrected_birth_date_moves_the_same_matter(ages):
    member = make_man(born=BORN)
    (before,) = told("members.retirement_due", ON)
    type(member).objects.filter(pk=member.pk).update(birth_on=date(1965, 1, 11))

    (after,) = told("members.retirement_due", ON)

    assert (after.key, after.on) == (before.key, date(2025, 2, 11))


@pytest.mark.parametrize(
    ("state", "step", "role"),
    [
        (JoinState.SUBMITTED, "review", Role.BRANCH_OFFICER),
        (JoinState.BRANCH_APPROVED, "prepare", Role.UNION_STAFF),
        ("prepared", "approve", Role.CHAIR),
    ],
)
def test_an_application_waits_for_whoever_is_next(cast, state, step, role):
    application = make_application(cast, state)
    today = clock.today()

    (matter,) = told("members.applications_waiting", today)

    assert matter.key == f"application-{application.pk}-{step}-{today:%Y%m%d}"
    assert (matter.on, matter.about) == (today, f"欧阳小满（{cast.branch.short_name}）")
    assert (matter.waits_for, matter.branches, matter.member) == ((role,), (cast.branch.pk,), None)


@pytest.mark.parametrize(
    "state", [JoinState.DRAFT, JoinState.RETURNED, JoinState.REJECTED, JoinState.WITHDRAWN, JoinState.ADMITTED]
)
def test_an_application_that_waits_for_nobody_here_is_no_matter(cast, state):
    make_application(cast, state)

    assert told("members.applications_waiting", clock.today()) == []


def test_union_staff_are_told_where_the_branch_has_no_officer(cast):
    make_application(cast, JoinState.SUBMITTED)
    RoleGrant.objects.filter(role=Role.BRANCH_OFFICER).delete()

    (matter,) = told("members.applications_waiting", clock.today())

    assert matter.waits_for == (Role.UNION_STAFF,)


def test_an_application_outside_the_span_is_left_out_and_each_step_has_a_key_of_its_own(cast):
    application = make_application(cast, JoinState.SUBMITTED)
    today = clock.today()
    (review,) = told("members.applications_waiting", today, today, today)
    JoinApplication.objects.filter(pk=application.pk).update(submitted_at=clock.now() - 3 * A_DAY)

    assert told("members.applications_waiting", today, today, today) == []
    (again,) = told("members.applications_waiting", today, today - 3 * A_DAY, today)
    assert again.key != review.key


@pytest.mark.parametrize("people", [1, 8])
def test_sources_take_the_same_number_of_queries_for_any_number(ages, people, django_assert_max_num_queries):
    for number in range(people):
        make_man(born=BORN, staff_no=f"R{number}")

    with django_assert_max_num_queries(8):
        assert len(told("members.retirement_due", ON)) == people
