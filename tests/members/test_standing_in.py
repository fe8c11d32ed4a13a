"""A substitute decides on the affairs of whom he stands in for as little as that one himself (ADR 0016)."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.enums import Role
from core.models import RoleGrant, User
from members import joining_rights as rights
from members.models import JoinApplication
from members.services import life
from tests.acts import acts
from tests.cast import DELEGATE, MEMBER, Cast, make_cast

pytestmark = pytest.mark.django_db


def substitute_of(cast: Cast, away: str) -> User:
    today = clock.today()
    grant = RoleGrant(user=cast.users[DELEGATE], role=away, from_on=today, until_on=today + timedelta(days=3))
    grant.stands_in_for = cast.users[away]
    grant.save()
    return User.objects.get(pk=cast.users[DELEGATE].pk)


@pytest.mark.parametrize("written_by", ["applicant", "branch_reviewer", "prepared_by"])
def test_he_admits_nobody_whom_the_chair_himself_may_not(written_by):
    cast = make_cast()
    substitute = substitute_of(cast, Role.CHAIR)
    others = {"applicant": cast.users[MEMBER], "branch": cast.branch}

    assert rights.is_approver(substitute, JoinApplication(**others))
    assert not rights.is_approver(substitute, JoinApplication(**others | {written_by: cast.users[Role.CHAIR]}))


def test_he_changes_nothing_in_the_others_file():
    cast = make_cast()
    substitute, member = substitute_of(cast, Role.UNION_STAFF), cast.member_of(Role.UNION_STAFF)
    before = acts().count()

    with pytest.raises(PermissionDenied):
        life.categorise(member=member, category="staff", actor=substitute, at=clock.now())

    assert acts().count() == before
