"""A substitute (代理) has a dated grant of another's office: who may be one, and how it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock
from core.enums import Role
from core.models import AuditEntry, RoleGrant, User
from core.services import accounts
from core.services.accounts import CannotGrant, Refusal
from tests.cast import DELEGATE, MEMBER, OTHER_BRANCH_OFFICER, Cast, make_cast

pytestmark = pytest.mark.django_db
GRANTS = "/admin/core/rolegrant/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def stand_in(cast: Cast, away: str = Role.CHAIR, substitute: str = DELEGATE, **more) -> RoleGrant:
    today = clock.today()
    given = {
        "user": cast.users[substitute],
        "role": Role.CHAIR,
        "from_on": today,
        "until_on": today + timedelta(days=3),
        "stands_in_for": cast.users[away],
    }
    return accounts.grant_role(actor=cast.users[Role.SECURITY_ADMIN], at=clock.now(), **given | more)


def test_a_substitute_has_the_office_and_counts_as_both(cast):
    stand_in(cast)

    substitute, away = (User.objects.get(pk=cast.users[actor].pk) for actor in (DELEGATE, Role.CHAIR))
    assert substitute.holds(Role.CHAIR)
    assert substitute.counts_as == {substitute.pk, away.pk}
    assert away.counts_as == {away.pk}
    assert AuditEntry.objects.latest("position").data["stands_in_for"] == away.pk


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"away": DELEGATE}, Refusal.STANDS_IN_FOR_HIMSELF),
        ({"until_on": None}, Refusal.STANDING_IN_ENDS),
        ({"away": MEMBER}, Refusal.NOT_HIS_OFFICE),
        ({"away": OTHER_BRANCH_OFFICER}, Refusal.NOT_HIS_OFFICE),
        ({"substitute": Role.ACCOUNTANT}, Refusal.MONEY_ROLES_MEET),
        ({"substitute": Role.CASHIER}, Refusal.MONEY_ROLES_MEET),
        ({"substitute": Role.SYSTEM_ADMIN}, Refusal.GUARDIAN_WITH_OFFICE),
    ],
)
def test_who_may_not_stand_in(cast, how, code):
    grants, known = RoleGrant.objects.count(), AuditEntry.objects.count()

    with pytest.raises(CannotGrant) as refused:
        stand_in(cast, **how)

    assert refused.value.code == code
    assert refused.value.message
    assert (RoleGrant.objects.count(), AuditEntry.objects.count()) == (grants, known)


def test_another_branchs_office_is_not_his(cast):
    scope = {"away": OTHER_BRANCH_OFFICER, "role": Role.BRANCH_OFFICER}

    with pytest.raises(CannotGrant) as refused:
        stand_in(cast, **scope, branch_id=cast.branch.pk)

    assert refused.value.code is Refusal.NOT_HIS_OFFICE
    assert stand_in(cast, **scope, branch_id=cast.other_branch.pk).pk


def test_a_substitute_has_no_substitute(cast):
    stand_in(cast)

    with pytest.raises(CannotGrant) as refused:
        stand_in(cast, away=DELEGATE, substitute=MEMBER)

    assert refused.value.code is Refusal.NOT_HIS_OFFICE


@pytest.mark.parametrize("days", [0, 1, 5])
def test_an_office_that_ends_takes_its_substitute_along(cast, days):
    granted, until = stand_in(cast), clock.today() + timedelta(days=days)
    own = RoleGrant.objects.get(user=cast.users[Role.CHAIR])

    accounts.end_grant(actor=cast.users[Role.SECURITY_ADMIN], grant=own, until_on=until, at=clock.now())

    ends = list(RoleGrant.objects.filter(pk=granted.pk).values_list("until_on", flat=True))
    assert ends == ([min(until, granted.until_on)] if days else [])
    assert AuditEntry.objects.filter(action="core.rolegrant.ended").count() == (2 if days < 3 else 1)


def test_the_page_names_both(client, cast):
    client.force_login(cast.users[Role.SECURITY_ADMIN], backend="core.backends.StaffNumberBackend")
    today = clock.today()
    given = {
        **{"username": cast.users[DELEGATE].username, "role": Role.CHAIR, "from_on": str(today)},
        **{"until_on": str(today + timedelta(days=3)), "stands_in_for": cast.users[Role.CHAIR].username},
        **{"branch": "", "department": "", "intent_key": str(uuid4())},
    }

    client.post(f"{GRANTS}add/", given)

    grant = RoleGrant.objects.get(user=cast.users[DELEGATE])
    words = f"主席（代{cast.users[Role.CHAIR].name}）"
    assert grant.stands_in_for == cast.users[Role.CHAIR]
    assert words in client.get(GRANTS).content.decode()
    assert words in client.get(f"{GRANTS}{grant.pk}/change/").content.decode()
    other = {"stands_in_for": "X9", "intent_key": str(uuid4())}
    assert "没有工号为 X9 的账号" in client.post(f"{GRANTS}add/", given | other).content.decode()
