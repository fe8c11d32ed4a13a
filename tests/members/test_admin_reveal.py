"""A sealed value in clear: fresh sign-in, a reason, an entry about the member, and nothing that stores it."""

import pytest
from django.test import Client

from core.enums import Role
from core.models import AuditEntry
from members.models import MemberSecret
from tests.acts import acts
from tests.cast import MEMBER, PASSWORD, make_cast

pytestmark = pytest.mark.django_db
NUMBER = "11010119900307123X"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def address(cast):
    secret = MemberSecret(member=cast.member_of(MEMBER), id_number_last4="123X")
    MemberSecret._meta.get_field("id_number").put(secret, NUMBER)
    secret.save()
    return f"/admin/members/member/{secret.pk}/reveal/id_number/"


def client_of(user, *, fresh: bool) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    if fresh:
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_with_a_reason_it_is_shown_once_and_written_down(cast, address):
    staff = client_of(cast.users[Role.UNION_STAFF], fresh=True)

    asked = staff.get(address)
    shown = staff.post(address, {"reason": "核对入会材料"})

    entry = AuditEntry.objects.get()
    assert asked.status_code == shown.status_code == 200
    assert NUMBER not in asked.content.decode()
    assert NUMBER in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert (entry.subject, entry.basis) == (cast.member_of(MEMBER).pk, "核对入会材料")
    assert NUMBER not in str(entry.data)


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_shown_or_written(cast, address, reason):
    page = client_of(cast.users[Role.UNION_STAFF], fresh=True).post(address, {"reason": reason})

    assert page.status_code == 200
    assert NUMBER not in page.content.decode()
    assert not acts().exists()


def test_without_a_fresh_sign_in_one_is_sent_to_sign_in_again(cast, address):
    answer = client_of(cast.users[Role.UNION_STAFF], fresh=False).post(address, {"reason": "核对"})

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not acts().exists()


def test_an_account_that_cannot_be_asked_for_a_password_is_shown_nothing(cast, address):
    """allauth's own question lets it pass: there is nothing to ask."""
    user = cast.users[Role.UNION_STAFF]
    user.set_unusable_password()
    user.save()

    answer = client_of(user, fresh=False).post(address, {"reason": "核对"})

    assert (answer.status_code, answer.url) == (302, "/accounts/")
    assert not acts().exists()


@pytest.mark.parametrize("role", [Role.CHAIR, Role.ACCOUNTANT, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, MEMBER])
def test_nobody_else_may(cast, address, role):
    answer = client_of(cast.users[role], fresh=True).post(address, {"reason": "好奇"})

    assert answer.status_code == 403
    assert not acts().exists()


def test_only_staff_is_offered_the_way(cast, address):
    page = address.removesuffix("reveal/id_number/") + "change/"

    assert "查看身份证号" in client_of(cast.users[Role.UNION_STAFF], fresh=False).get(page).content.decode()
    assert "查看身份证号" not in client_of(cast.users[Role.CHAIR], fresh=False).get(page).content.decode()


@pytest.mark.parametrize("role", [Role.UNION_STAFF, Role.CHAIR])
def test_telephone_needs_a_reason_but_no_fresh_sign_in(cast, role):
    member = cast.member_of(MEMBER)
    member.phone = "13811112222"
    member.save()
    page = f"/admin/members/member/{member.pk}/reveal/phone/"
    client = client_of(cast.users[role], fresh=False)

    asked = client.get(page)
    shown = client.post(page, {"reason": "通知领取慰问品"})

    entry = AuditEntry.objects.get()
    assert "13811112222" not in asked.content.decode()
    assert "13811112222" in shown.content.decode()
    assert (entry.action, entry.subject) == ("members.member.phone_revealed", member.pk)
    assert "13811112222" not in str(entry.data)
