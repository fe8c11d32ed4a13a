"""Who sees whom in the register (TRUST.md 3): outside this nothing exists."""

from datetime import timedelta

import pytest

from core import clock
from core.enums import Role
from members.models import Branch, Member
from tests.cast import ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_membership

pytestmark = pytest.mark.django_db
WHOLE_ROLL = {Role.UNION_STAFF, Role.CHAIR}


@pytest.fixture
def cast():
    return make_cast()


def everybody_but(cast, *left_out):
    return [actor for actor in cast.users if actor not in (ANONYMOUS, *left_out)]


def test_whole_roll_is_for_union_staff_and_chair_only(cast):
    people = Member.objects.count()

    seen = {actor: Member.objects.visible_to(cast.users[actor]).count() for actor in everybody_but(cast)}

    assert {actor for actor, number in seen.items() if number == people} == WHOLE_ROLL


def test_everybody_else_sees_himself_at_most(cast):
    for actor in everybody_but(cast, *WHOLE_ROLL, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER):
        user = cast.users[actor]

        assert set(Member.objects.visible_to(user)) == set(Member.objects.filter(user=user)), actor


def test_branch_officer_sees_his_branch_and_no_other(cast):
    officer, other = cast.users[Role.BRANCH_OFFICER], cast.users[OTHER_BRANCH_OFFICER]

    assert set(Member.objects.visible_to(officer)) == set(Member.objects.filter(memberships__branch=cast.branch))
    assert list(Member.objects.visible_to(other)) == [cast.member_of(OTHER_BRANCH_OFFICER)]


@pytest.mark.parametrize(("days", "is_seen"), [(-1, False), (0, False), (1, True), (400, True)])
def test_branch_officer_sees_a_leaver_until_his_last_day(cast, days, is_seen):
    """``until_on`` is the day after the last one: a retirement known beforehand hides nobody today."""
    until_on = clock.today() + timedelta(days=days)
    leaver = make_membership(branch=cast.branch, until_on=until_on, reason_out="retired").member

    seen = Member.objects.visible_to(cast.users[Role.BRANCH_OFFICER])

    assert seen.filter(pk=leaver.pk).exists() is is_seen


@pytest.mark.parametrize(("days", "is_seen"), [(1, False), (0, True)])
def test_branch_officer_sees_a_newcomer_from_his_first_day(cast, days, is_seen):
    newcomer = make_membership(branch=cast.branch, from_on=clock.today() + timedelta(days=days)).member

    seen = Member.objects.visible_to(cast.users[Role.BRANCH_OFFICER])

    assert seen.filter(pk=newcomer.pk).exists() is is_seen


def test_officer_of_yesterday_sees_himself_only(cast):
    officer = cast.users[Role.BRANCH_OFFICER]
    officer.role_grants.update(until_on=clock.today())
    officer = type(officer).objects.get(pk=officer.pk)

    assert list(Member.objects.visible_to(officer)) == [cast.member_of(Role.BRANCH_OFFICER)]


def test_branches_are_seen_by_the_whole_roll_the_audit_committee_and_the_own_officer(cast):
    both = {cast.branch, cast.other_branch}
    expected: dict[str, set] = {actor: set() for actor in everybody_but(cast)}
    expected |= dict.fromkeys((*WHOLE_ROLL, Role.AUDITOR), both)
    expected |= {Role.BRANCH_OFFICER: {cast.branch}, OTHER_BRANCH_OFFICER: {cast.other_branch}}

    seen = {actor: set(Branch.objects.visible_to(cast.users[actor])) for actor in everybody_but(cast)}

    assert seen == expected
    assert seen[MEMBER] == set()
