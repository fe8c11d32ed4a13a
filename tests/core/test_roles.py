"""RoleGrant: who may hold what together."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from core.enums import GUARDIAN_ROLES, MONEY_ROLES, Role
from core.models import RoleGrant, User

pytestmark = pytest.mark.django_db
START = date(2022, 1, 1)


def grant(user, role, **fields):
    with transaction.atomic():
        return RoleGrant.objects.create(user=user, role=role, from_on=START, **fields)


@pytest.fixture
def person():
    return User.objects.create_user("1", name="甲")


@pytest.mark.parametrize("roles", [MONEY_ROLES, GUARDIAN_ROLES])
def test_excluding_roles_never_meet_in_one_person(person, roles):
    first, *others = sorted(roles)
    grant(person, first)

    for other in others:
        with pytest.raises(IntegrityError):
            grant(person, other)

    assert RoleGrant.objects.count() == 1


def test_excluding_roles_may_follow_each_other(person):
    grant(person, Role.CASHIER, until_on=date(2022, 6, 1))

    RoleGrant.objects.create(user=person, role=Role.ACCOUNTANT, from_on=date(2022, 6, 1))

    assert RoleGrant.objects.count() == 2


@pytest.mark.parametrize("guardian", sorted(GUARDIAN_ROLES))
def test_guardian_holds_no_business_office(person, guardian):
    grant(person, Role.UNION_STAFF)

    with pytest.raises(IntegrityError):
        grant(person, guardian)


def test_nobody_grants_to_himself(person):
    with pytest.raises(IntegrityError):
        grant(person, Role.UNION_STAFF, granted_by=person)


def test_rights_come_from_todays_grants_only(person):
    RoleGrant.objects.create(user=person, role=Role.UNION_STAFF, from_on=START, until_on=date(2022, 2, 1))

    assert not person.is_staff
    assert not person.has_perm("members.view_member")
