"""Where data could be lost or betrayed, nothing starts (TRUST.md L4, 2.4, 2.10)."""

import base64
import os
import sys

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from core import startup
from core.models import User
from core.sealed import keyed_hash
from members.models import MemberSecret
from tests.members.factories import make_member
from tests.owner import owner_does

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(capsys) -> str:
    """What is printed when the start is refused."""
    with pytest.raises(SystemExit) as refused:
        startup.assert_safe()
    assert refused.value.code == startup.EXIT_CODE
    return capsys.readouterr().err


def lose_commits() -> None:
    """The control: commits are acknowledged before they are on disk."""
    owner_does(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
    connection.close()


def test_safe_surroundings_are_accepted(capsys):
    startup.assert_safe()

    assert capsys.readouterr().err == ""


def test_commits_that_may_be_lost_are_refused(capsys):
    lose_commits()

    assert "synchronous_commit 为 off" in refusal(capsys)


def test_role_without_room_for_row_states_is_refused(capsys):
    """Every saved row is kept as it was in a temporary table (core/row_states.py)."""
    name = connection.settings_dict["NAME"]
    owner_does(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC')

    try:
        said = refusal(capsys)
    finally:
        owner_does(f'GRANT TEMPORARY ON DATABASE "{name}" TO PUBLIC')

    assert "TEMPORARY" in said
    startup.assert_safe()


def test_database_that_is_away_is_refused_without_its_address(capsys, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    said = refusal(capsys)

    assert "数据库不可用" in said
    assert connection.settings_dict["USER"] not in said


@pytest.mark.parametrize("keys", ["k2", "k1"])
def test_sealed_value_that_does_not_open_is_refused(capsys, settings, keys):
    secret = MemberSecret(member=make_member())
    MemberSecret._meta.get_field("bank_card").put(secret, "6222020200112233445")
    secret.save()
    settings.FIELD_KEYS = [f"{keys}:{base64.b64encode(os.urandom(32)).decode()}"]

    assert "members_membersecret.bank_card" in refusal(capsys)


def test_search_key_of_another_database_is_refused(capsys, settings):
    secret = MemberSecret(member=make_member(), id_number_hash=keyed_hash("110101199003078531"))
    MemberSecret._meta.get_field("id_number").put(secret, "110101199003078531")
    secret.save()
    startup.assert_safe()
    settings.SEARCH_KEY = base64.b64encode(os.urandom(32)).decode()

    assert "members_membersecret.id_number_hash" in refusal(capsys)


def test_second_factor_that_does_not_open_is_refused(capsys):
    user = User.objects.create_user("1001", name="甲")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "v1:gone:AAAA:AAAA"})

    assert "mfa_authenticator.data" in refusal(capsys)


def test_parsers_that_do_not_stop_bombs_are_refused(capsys, monkeypatch):
    monkeypatch.setattr(startup, "expat_version", (2, 3, 9))
    monkeypatch.setitem(sys.modules, "defusedxml", None)

    said = refusal(capsys)

    assert "expat 低于 2.4" in said
    assert "defusedxml" in said


@pytest.mark.services
def test_redis_that_evicts_is_refused(capsys, settings, processes):
    settings.REDIS_URL = processes.redis("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru").url

    assert "必须设为 noeviction" in refusal(capsys)


@pytest.mark.services
def test_redis_that_keeps_or_is_away_is_accepted(settings, processes):
    server = processes.redis("--maxmemory", "50mb", "--maxmemory-policy", "noeviction")
    settings.REDIS_URL = server.url
    startup.assert_safe()

    server.process.kill()

    startup.assert_safe()


@pytest.mark.services
@pytest.mark.parametrize(
    "program",
    [
        ("-c", "import union_site.wsgi"),
        ("manage.py", "relay"),
        ("-m", "celery", "-A", "union_site.celery", "worker", "-c", "1"),
        ("-m", "celery", "-A", "union_site.celery", "beat"),
    ],
    ids=["web", "relay", "worker", "beat"],
)
def test_no_program_starts_where_commits_may_be_lost(processes, program):
    lose_commits()

    process = processes.python(*program)

    assert process.ends() == startup.EXIT_CODE
    assert "拒绝启动" in process.said
    assert "synchronous_commit" in process.said
