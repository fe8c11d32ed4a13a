"""Q1: what was refused is in the audit, by the request layer, outside of what was rolled back (TRUST.md 5.6)."""

import logging
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import audit, clock, intents, refusals, sealed
from core.enums import Role
from core.errors import DomainError, last_refusal
from core.identity import InvalidIdNumber, check_id_number
from core.models import AuditEntry, RoleGrant
from core.services.accounts import Refusal
from members.dossier import looks_at
from tests.cast import DISABLED, MEMBER, PASSWORD, make_cast

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
GRANT = "/admin/core/rolegrant/add/"


@pytest.fixture(autouse=True)
def no_request_before():
    """What an earlier test of this process was refused outside of any request."""
    token = last_refusal.set("")
    yield
    last_refusal.reset(token)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def signed_in(cast):
    def sign_in(actor, **options):
        client = Client(raise_request_exception=False, **options)
        client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
        return client

    return sign_in


def entries():
    return AuditEntry.objects.filter(action__endswith="_refused").order_by("position")


def grant_to(user, **given):
    today = clock.today().isoformat()
    key = "11111111-1111-4111-8111-111111111111"
    return {"username": user.username, "role": "teller", "from_on": today, intents.FIELD: key} | given


def test_forbidden_post_says_who_in_which_role_what_and_why(cast, signed_in):
    client = signed_in(Role.CHAIR, REMOTE_ADDR="10.1.2.3")
    grants = RoleGrant.objects.count()

    assert client.post(GRANT, grant_to(cast.users[MEMBER])).status_code == 403

    (entry,) = entries()
    assert entry.refused
    assert (entry.actor, entry.actor_roles, entry.address) == (cast.users[Role.CHAIR], [Role.CHAIR], "10.1.2.3")
    assert entry.data == {"code": "forbidden", "status": 403, "method": "POST", "route": GRANT[1:], "ids": {}}
    assert (entry.target_type, entry.subject, entry.state_before, entry.state_after) == ("", None, "", "")
    assert RoleGrant.objects.count() == grants


def test_rule_that_refuses_is_named_though_the_page_is_shown_again(cast, signed_in):
    admin = cast.users[Role.SECURITY_ADMIN]
    grants = RoleGrant.objects.count()

    answer = signed_in(Role.SECURITY_ADMIN).post(GRANT, grant_to(admin))

    (entry,) = entries()
    assert (answer.status_code, entry.data["status"], entry.data["code"]) == (200, 200, Refusal.TO_ONESELF)
    assert RoleGrant.objects.count() == grants


@pytest.mark.parametrize(
    ("actor", "method", "path", "noted"),
    [
        (Role.CHAIR, "get", "/admin/core/user/", ["forbidden"]),
        (Role.UNION_STAFF, "post", "/admin/members/branch/0/change/", ["not_found"]),
        (Role.UNION_STAFF, "get", "/admin/members/branch/0/change/", []),
        (MEMBER, "post", "/no/such/address/", []),
        (Role.SECURITY_ADMIN, "post", GRANT, []),  # an empty form: errors, no refusal
        (MEMBER, "get", "/notices/", []),
    ],
)
def test_what_is_a_refusal_and_what_is_none(actor, method, path, noted, signed_in):
    getattr(signed_in(actor), method)(path)

    assert [entry.data["code"] for entry in entries()] == noted


def test_entry_holds_the_pattern_and_ids_never_what_was_typed(signed_in):
    signed_in(Role.CHAIR).post("/admin/core/rolegrant/13800138000x/change/?q=张三", {"note": "张三"})
    signed_in(Role.CHAIR).post("/admin/core/rolegrant/7/change/")

    first, second = entries()
    assert first.data["route"] == second.data["route"] == "admin/core/rolegrant/<path:object_id>/change/"
    assert (first.data["ids"], second.data["ids"]) == ({}, {"object_id": "7"})
    assert "138" not in str(first.data)


def test_post_without_the_token_is_noted(signed_in):
    signed_in(MEMBER, enforce_csrf_checks=True).post("/notices/read/")

    assert [entry.data["code"] for entry in entries()] == ["forbidden"]


def test_refusal_of_one_request_is_not_told_of_the_next(cast, signed_in):
    client = signed_in(Role.SECURITY_ADMIN)
    client.post(GRANT, grant_to(cast.users[Role.SECURITY_ADMIN]))

    client.post(GRANT)

    assert entries().count() == 1
    assert last_refusal.get() == ""


def test_text_that_cannot_be_read_is_input_and_no_refusal():
    with pytest.raises(InvalidIdNumber):
        check_id_number("1")

    assert issubclass(InvalidIdNumber, DomainError)
    assert last_refusal.get() == ""


def test_account_makes_so_many_entries_an_hour_and_no_more(cast, signed_in, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_BY_ACCOUNT", 3)
    client = signed_in(MEMBER)

    for _ in range(5):
        assert client.get("/admin/").status_code == 403
    signed_in(Role.CHAIR).get("/admin/core/user/")

    assert [entry.data.get("last_of_the_hour", False) for entry in entries()] == [False, False, True, False]


def test_entry_is_possible_again_an_hour_later(cast, signed_in, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_BY_ACCOUNT", 1)
    long_ago = clock.now() - timedelta(minutes=61)
    audit.record(actor=cast.users[MEMBER], action="core.request.access_refused", at=long_ago)

    signed_in(MEMBER).get("/admin/")

    assert entries().count() == 2


def test_answer_stays_when_the_entry_cannot_be_written(signed_in, monkeypatch, caplog):
    monkeypatch.setattr(AuditEntry, "save", _no_room)

    with caplog.at_level(logging.CRITICAL):
        status = signed_in(MEMBER).get("/admin/").status_code

    assert status == 403
    assert "refusal not recorded: core.request.access_refused forbidden" in caplog.text


def _no_room(self, **how):
    raise OperationalError("could not extend file")


def test_refusal_costs_a_count_and_an_entry(signed_in):
    client = signed_in(MEMBER)
    client.get("/admin/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/admin/")

    noted = [query["sql"] for query in asked if "core_auditentry" in query["sql"]]
    assert len(noted) == 2


def test_control_without_the_middleware_nothing_is_noted(signed_in, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "core.middleware.Refusals"]

    assert signed_in(MEMBER).get("/admin/").status_code == 403

    assert not entries().exists()


def sign_in(username, password="Wrong-Password-1", address="10.0.0.9"):
    return Client().post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)


def test_wrong_password_is_noted_by_account(cast):
    user = cast.users[MEMBER]

    sign_in(user.username)

    (entry,) = entries()
    assert (entry.actor, entry.address, entry.subject) == (None, "10.0.0.9", None)
    typed = sealed.keyed_hash(user.username)
    assert entry.data == {"code": "wrong_password", "account": user.pk, "typed": typed}


def test_unknown_name_may_be_a_password_and_is_kept_as_a_keyed_hash_only(cast):
    sign_in("My-Secret-Pass-9")

    (entry,) = entries()
    assert entry.data == {
        "code": "unknown_account",
        "account": None,
        "typed": sealed.keyed_hash("My-Secret-Pass-9"),
    }
    assert "Secret" not in str(entry.__dict__)


def test_locked_and_disabled_accounts_are_noted_as_such(cast):
    sign_in(cast.users[DISABLED].username, PASSWORD)
    for _ in range(5):
        sign_in(cast.users[MEMBER].username)
    sign_in(cast.users[MEMBER].username, PASSWORD)

    codes = [entry.data["code"] for entry in entries()]
    assert codes == ["disabled", *["wrong_password"] * 4, "locked", "locked"]


def test_wrong_password_of_a_fresh_sign_in_names_the_person(cast):
    client = Client()
    client.post(LOGIN, {"login": cast.users[MEMBER].username, "password": PASSWORD})

    client.post("/accounts/reauthenticate/", {"password": "Wrong-Password-1"})

    assert [(entry.actor, entry.data["code"]) for entry in entries()] == [(cast.users[MEMBER], "wrong_password")]


def test_wrong_second_factor_is_noted(cast):
    user = cast.users[Role.CHAIR]
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    client = Client()
    client.post(LOGIN, {"login": user.username, "password": PASSWORD})

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    (entry,) = entries()
    assert (entry.data["code"], entry.data["account"]) == ("wrong_second_factor", user.pk)
    assert "_auth_user_id" not in client.session


def test_known_and_unknown_account_cost_the_same(cast):
    sign_in(cast.users[MEMBER].username)
    costs = []
    for name in (cast.users[MEMBER].username, "nobody"):
        with CaptureQueriesContext(connection) as asked:
            sign_in(name)
        costs.append(len([query for query in asked if "core_" in query["sql"]]))

    assert costs[0] == costs[1]


def test_address_makes_so_many_sign_in_entries_an_hour_and_no_more(cast, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_BY_ADDRESS", 3)

    for number in range(5):
        sign_in(f"nobody{number}")
    sign_in("nobody", address="10.0.0.10")

    assert [entry.address for entry in entries()] == ["10.0.0.9"] * 3 + ["10.0.0.10"]


def test_refusals_are_no_looks_at_my_data(cast, signed_in):
    member = cast.member_of(MEMBER)
    sign_in(cast.users[MEMBER].username)
    signed_in(Role.CHAIR).post(f"/admin/members/member/{member.pk}/reveal/id_number/")

    assert entries().count() == 2
    assert looks_at(member) == []
