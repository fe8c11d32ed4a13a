"""Personal data in clear: a right, a reason, and an entry that the person concerned can read."""

import pytest
from django.core.exceptions import PermissionDenied

from core import clock, services
from core.enums import Role
from core.models import AuditEntry, RoleGrant, User
from core.permissions import _table
from core.services.reveal import RevealRefusal
from members.models import MemberSecret
from tests.members.factories import make_branch, make_member

NUMBER = "110101199003078531"
RIGHT = "members.reveal_membersecret"
pytestmark = pytest.mark.django_db


@pytest.fixture
def secret():
    secret = MemberSecret(member=make_member())
    MemberSecret._meta.get_field("id_number").put(secret, NUMBER)
    secret.save()
    return secret


def person_with(role: str | None) -> User:
    user = User.objects.create_user("1001", name="甲")
    scope = {"branch": make_branch()} if role == Role.BRANCH_OFFICER else {}
    if role:
        RoleGrant.objects.create(user=user, role=role, from_on="2020-01-01", **scope)
    return user


@pytest.fixture
def entitled(monkeypatch):
    monkeypatch.setitem(_table(), RIGHT, frozenset({Role.UNION_STAFF}))
    return person_with(Role.UNION_STAFF)


def reveal(actor, secret, field="id_number", reason="核对报销单"):
    return services.reveal(
        actor=actor, instance=secret, field=field, reason=reason, subject=secret.pk, at=clock.now()
    )


def test_reveal_gives_the_plaintext_and_leaves_an_entry(entitled, secret):
    assert reveal(entitled, secret) == NUMBER

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (entitled, "members.membersecret.id_number_revealed")
    assert (entry.subject, entry.basis) == (secret.member_id, "核对报销单")
    assert NUMBER not in str(entry.data)


@pytest.mark.parametrize("role", [None, Role.BRANCH_OFFICER, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN])
def test_reveal_without_the_right_is_refused(secret, role):
    with pytest.raises(PermissionDenied):
        reveal(person_with(role), secret)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": ""}, RevealRefusal.NO_REASON),
        ({"reason": "  \u3000"}, RevealRefusal.NO_REASON),
        ({"field": "bank_card"}, RevealRefusal.NOTHING_THERE),
    ],
)
def test_reveal_against_the_rules_is_refused(entitled, secret, fields, code):
    with pytest.raises(services.CannotReveal) as refused:
        reveal(entitled, secret, **fields)

    assert refused.value.code is code
    assert not AuditEntry.objects.exists()


def test_only_sealed_fields_are_revealed(entitled, secret):
    with pytest.raises(ValueError, match="neither sealed nor masked"):
        reveal(entitled, secret, field="id_number_hash")

    assert not AuditEntry.objects.exists()
