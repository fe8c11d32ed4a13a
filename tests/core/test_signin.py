"""Signing in: who gets in, how guessing is slowed, which password will do (TRUST.md S1, S2, S6-S9)."""

from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.enums import Role
from core.models import AuditEntry, RoleGrant, User
from core.requests import address_of
from core.sealed import keyed_hash
from core.signin import passwords, throttle

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
PASSWORD = "Peach-Blossom-2022"
WRONG = "Not-The-Password-1"


@pytest.fixture
def member():
    return User.objects.create_user("1900001", password=PASSWORD, name="甲")


@pytest.fixture
def staff(member):
    RoleGrant.objects.create(user=member, role=Role.UNION_STAFF, from_on=date(2022, 1, 1))
    member.password_changed_at = timezone.now()
    member.save()
    return User.objects.get(pk=member.pk)


def sign_in(client, username="1900001", password=PASSWORD, address="10.0.0.1"):
    return client.post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)


def signed_in(client):
    return "_auth_user_id" in client.session


def test_sign_in_gives_a_new_session_and_an_audit_entry(client, member):
    client.get(LOGIN)
    before = client.session.session_key

    response = sign_in(client)

    assert response.status_code == 302
    assert signed_in(client)
    assert client.session.session_key != before
    assert AuditEntry.objects.filter(action="core.user.signed_in", actor_username="1900001").count() == 1


@pytest.mark.parametrize("username", ["1900001", "nobody"])
def test_wrong_password_and_unknown_account_answer_alike(member, username):
    answers = [sign_in(Client(), name, WRONG) for name in ("1900001", username)]

    bodies = {a.content.decode().replace(username, "").replace("1900001", "") for a in answers}
    assert {a.status_code for a in answers} == {200}
    assert len({_without_tokens(body) for body in bodies}) == 1


def _without_tokens(body: str) -> str:
    import re

    return re.sub(r'(value|nonce)="[^"]*"', "", body)


def test_fifth_failure_locks_and_the_fourth_does_not(client, member):
    for _ in range(4):
        assert sign_in(client, password=WRONG).status_code == 200
    assert sign_in(Client()).status_code == 302

    for _ in range(5):
        locked = sign_in(client, password=WRONG)

    assert locked.status_code == 429
    assert sign_in(Client()).status_code == 429


@pytest.mark.parametrize("typed", ["11010519491231002X", "6270217177682917438", "13912345678"])
def test_number_typed_for_the_staff_number_is_locked_and_kept_nowhere_in_clear(client, member, typed):
    statuses = [sign_in(client, typed, "wrong").status_code for _ in range(5)]

    kept = str(AccessAttempt.objects.values())
    assert statuses[3:] == [200, 429]
    assert typed not in kept
    assert AccessAttempt.objects.get().username == keyed_hash(typed)


def test_a_campus_behind_one_address_locks_nobody_else(member):
    for number in range(60):
        sign_in(Client(), f"victim{number % 12}", WRONG)

    assert sign_in(Client()).status_code == 302


def test_owner_still_enters_from_a_known_device(member):
    home = Client()
    sign_in(home)
    home.post("/accounts/logout/")

    for _ in range(6):
        sign_in(Client(), password=WRONG, address="10.9.9.9")

    assert sign_in(Client()).status_code == 429
    assert sign_in(home).status_code == 302


def test_known_device_that_guesses_is_a_stranger_again(member):
    home = Client()
    sign_in(home)
    home.post("/accounts/logout/")

    for _ in range(5):
        sign_in(home, password=WRONG)
    for _ in range(5):
        sign_in(home, password=WRONG)

    assert sign_in(home).status_code == 429


@pytest.mark.parametrize(
    ("failures", "closed_for"),
    [(0, 15), (5, 15), (9, 15), (10, 120), (14, 120), (15, 24 * 60), (99, 24 * 60)],
)
def test_cool_off_grows_by_tiers(rf, failures, closed_for):
    if failures:
        AccessAttempt.objects.create(username="1900001", failures_since_start=failures, attempt_time=timezone.now())

    length = throttle.cool_off(rf.post(LOGIN, {"login": "1900001"}))

    assert length == timedelta(minutes=closed_for)


@pytest.mark.parametrize(("minutes", "status"), [(14, 429), (16, 302)])
def test_lock_expires(member, minutes, status):
    for _ in range(5):
        sign_in(Client(), password=WRONG)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))

    assert sign_in(Client()).status_code == status


def test_forged_forwarding_header_changes_nothing(member):
    for number in range(5):
        Client().post(
            LOGIN,
            {"login": "1900001", "password": WRONG},
            REMOTE_ADDR="10.0.0.1",
            HTTP_X_FORWARDED_FOR=f"1.1.1.{number}",
        )

    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"10.0.0.1"}


@pytest.mark.parametrize(("behind", "seen"), [(False, "10.0.0.1"), (True, "192.0.2.7")])
def test_address_is_the_peers_or_what_the_proxy_saw(rf, settings, behind, seen):
    settings.BEHIND_PROXY = behind
    request = rf.get(LOGIN, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 192.0.2.7")

    assert address_of(request) == seen


def test_nobody_signs_himself_up(client):
    assert client.get("/accounts/signup/").status_code == 404


def test_office_must_set_up_a_second_factor_first(client, staff, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(client)

    response = client.get("/")

    assert response.status_code == 302
    assert response.url == reverse("mfa_activate_totp")


def test_second_factor_is_asked_for_and_replay_is_refused(client, staff):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(staff, secret)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    first = sign_in(client)
    halfway = signed_in(client)
    client.post(first.url, {"code": code})
    other = Client()
    other.post(sign_in(other).url, {"code": code})

    assert first.url.startswith(reverse("mfa_authenticate"))
    assert not halfway
    assert signed_in(client)
    assert not signed_in(other)


def test_secret_of_the_second_factor_is_sealed(staff):
    TOTP.activate(staff, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.get().data)


@pytest.mark.parametrize(
    ("password", "accepted"),
    [("peach-2022-tree", True), ("peachblossomtree", False), ("Peachblossomtree", False), ("Peachblossom22", True)],
)
def test_strict_password_has_three_of_four_kinds(staff, password, accepted):
    if accepted:
        validate_password(password, staff)
        return

    with pytest.raises(ValidationError):
        validate_password(password, staff)


def test_member_is_not_asked_for_kinds(member):
    validate_password("peachblossomtree", member)


def test_strict_password_is_none_of_the_last_five(staff):
    for number in range(5):
        passwords.change_password(user=staff, password=f"Cedar-Grove-{number}", actor=staff, at=timezone.now())

    with pytest.raises(ValidationError):
        validate_password(PASSWORD, staff)

    passwords.change_password(user=staff, password="Cedar-Grove-6", actor=staff, at=timezone.now())
    validate_password(PASSWORD, staff)


@pytest.mark.parametrize(("days", "outdated"), [(89, False), (90, False), (91, True)])
def test_strict_password_is_renewed_every_90_days(staff, days, outdated):
    now = timezone.now()
    staff.password_changed_at = now - timedelta(days=days)

    assert passwords.is_outdated(staff, now) is outdated
