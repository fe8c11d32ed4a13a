"""Personal data at rest: bound to its place and key, found by keyed hash only (TRUST.md 2.10, P4)."""

import base64

import pytest
from django.db import connection

from core import sealed
from members.models import MemberSecret
from tests.members.factories import make_member

NUMBER = "110101199003078531"
PLACE: dict = {"table": "members_membersecret", "column": "id_number", "row": 7}


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}"


@pytest.fixture
def one_key(settings):
    settings.FIELD_KEYS = [key("k1")]
    return settings


@pytest.mark.parametrize("plain", [NUMBER, "肺炎（2022年3月）", "x", "a:b:c:d", "0" * 5000])
def test_what_was_sealed_opens_in_its_place(plain):
    stored = sealed.seal(plain, **PLACE)

    assert sealed.unseal(stored, **PLACE) == plain
    assert len(plain) < 2 or plain not in stored


def test_nothing_stays_nothing():
    assert sealed.seal("", **PLACE) == sealed.unseal("", **PLACE) == sealed.keyed_hash("") == ""


def test_equal_plaintexts_differ():
    assert len({sealed.seal(NUMBER, **PLACE) for _ in range(50)}) == 50


@pytest.mark.parametrize("moved", [{"row": 8}, {"column": "bank_card"}, {"table": "members_member"}])
def test_moved_value_does_not_open(moved):
    stored = sealed.seal(NUMBER, **PLACE)

    with pytest.raises(sealed.CannotOpen, match="moved or damaged"):
        sealed.unseal(stored, **PLACE | moved)


@pytest.mark.parametrize(
    "damage", [lambda t: t[:-4], lambda t: t + "A", lambda t: t.replace("v1", "v2"), lambda t: NUMBER]
)
def test_damaged_value_does_not_open_and_is_not_quoted(damage):
    stored = damage(sealed.seal(NUMBER, **PLACE))

    with pytest.raises(sealed.CannotOpen) as refused:
        sealed.unseal(stored, **PLACE)

    assert NUMBER not in str(refused.value)


def test_missing_key_is_named(one_key):
    stored = sealed.seal(NUMBER, **PLACE)
    one_key.FIELD_KEYS = [key("k2")]

    with pytest.raises(sealed.CannotOpen, match="sealed under key k1, which FIELD_KEYS lacks"):
        sealed.unseal(stored, **PLACE)


def test_same_key_id_with_other_bytes_does_not_open(one_key):
    stored = sealed.seal(NUMBER, **PLACE)
    one_key.FIELD_KEYS = ["k1:" + key("k2").partition(":")[2]]

    with pytest.raises(sealed.CannotOpen):
        sealed.unseal(stored, **PLACE)


def test_first_key_writes_and_all_keys_read(one_key):
    old = sealed.seal(NUMBER, **PLACE)
    one_key.FIELD_KEYS = [key("k2"), key("k1")]

    new = sealed.seal(NUMBER, **PLACE)

    assert new.startswith("v1:k2:")
    assert sealed.unseal(old, **PLACE) == sealed.unseal(new, **PLACE) == NUMBER
    assert sealed.reseal(new, **PLACE) == new
    assert sealed.reseal(old, **PLACE).startswith("v1:k2:")


def test_keyed_hash_depends_on_its_key(settings):
    first = sealed.keyed_hash(NUMBER)
    settings.SEARCH_KEY = key("k9").partition(":")[2]

    assert sealed.keyed_hash(NUMBER) != first
    assert sealed.keyed_hash(NUMBER) == sealed.keyed_hash(NUMBER)


@pytest.mark.django_db
def test_row_without_id_cannot_be_sealed():
    secret = MemberSecret()

    with pytest.raises(ValueError, match="row's id first"):
        MemberSecret._meta.get_field("id_number").put(secret, NUMBER)


@pytest.mark.django_db
def test_database_holds_no_plaintext():
    field, secret = MemberSecret._meta.get_field("id_number"), MemberSecret(member=make_member())
    field.put(secret, NUMBER)
    secret.save()

    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM members_membersecret s")
        stored = cursor.fetchone()[0]

    assert NUMBER not in stored
    assert field.take(MemberSecret.objects.get()) == NUMBER


def test_every_sealed_column_is_found():
    found = {f"{model._meta.label}.{field.name}" for model, field in sealed.sealed_fields()}

    assert found >= {"members.MemberSecret.id_number", "members.MemberSecret.bank_card"}
