"""The first guardians of an empty system."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry, RoleGrant, User
from core.signin import passwords

pytestmark = pytest.mark.django_db


def test_appoint_opens_one_account_whose_password_must_be_changed():
    out = StringIO()

    call_command("appoint", "security_admin", "S1", "甲", stdout=out)

    user = User.objects.get(username="S1")
    entry = AuditEntry.objects.get(action="core.rolegrant.granted")
    assert user.roles == {"security_admin"}
    assert user.check_password(out.getvalue().split("一次性密码：")[1].split()[0])
    assert passwords.is_outdated(user, entry.at)


def test_appoint_is_refused_while_somebody_holds_the_office():
    call_command("appoint", "security_admin", "S1", "甲", stdout=StringIO())

    with pytest.raises(CommandError):
        call_command("appoint", "security_admin", "S2", "乙", stdout=StringIO())

    assert RoleGrant.objects.count() == User.objects.count() == AuditEntry.objects.count() == 1


def test_appoint_never_takes_over_an_account():
    User.objects.create_user("S1", name="甲")

    with pytest.raises(CommandError):
        call_command("appoint", "audit_admin", "S1", "甲", stdout=StringIO())

    assert not RoleGrant.objects.exists()
