"""A new field key while people go on working (TRUST.md P5)."""

import json
import signal
from threading import Event, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection

from core.models import AuditEntry, User
from core.sealed_columns import Column, all_columns
from core.services import rotation
from core.signin.adapter import SecondFactorAdapter
from members.models import Member, MemberSecret
from tests.core.test_sealed import key
from tests.processes import Process, eventually, processes_in
from tests.trust.sizes import size

FIELD = MemberSecret._meta.get_field("id_number")
COUNT = size(500, 500, 100_000)


@pytest.fixture
def rows(settings, transactional_db):
    """People with an ID number sealed under k1; k2 is the present key."""
    settings.FIELD_KEYS = [key("k1")]
    people = Member.objects.bulk_create([Member(staff_no=f"T{n}", name="张三") for n in range(COUNT)])
    secrets = [MemberSecret(member=person) for person in people]
    for secret in secrets:
        FIELD.put(secret, f"number {secret.pk}")
    MemberSecret.objects.bulk_create(secrets)
    settings.FIELD_KEYS = [key("k2"), key("k1")]
    return secrets


def without_the_old_key(settings) -> None:
    settings.FIELD_KEYS = [key("k2")]


def numbers() -> set[str]:
    return {FIELD.take(secret) for secret in MemberSecret.objects.all()}


def test_old_key_may_go_after_the_rotation(rows, settings, capsys):
    user = User.objects.create_user("1001", name="甲")
    settings.FIELD_KEYS.reverse()
    factor = Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": SecondFactorAdapter().encrypt("totp secret"), "n": 1}
    )
    settings.FIELD_KEYS.reverse()

    call_command("rotate_field_keys")

    without_the_old_key(settings)
    factor.refresh_from_db()
    assert numbers() == {f"number {secret.pk}" for secret in rows}
    assert SecondFactorAdapter().decrypt(factor.data["secret"]) == "totp secret"
    assert factor.data["n"] == 1
    assert AuditEntry.objects.get(action="core.field_key.rotated").data["members_membersecret.id_number"] == COUNT


def test_second_rotation_writes_nothing(rows):
    call_command("rotate_field_keys")
    stored = list(MemberSecret.objects.values_list("pk", "id_number"))

    call_command("rotate_field_keys")

    assert list(MemberSecret.objects.values_list("pk", "id_number")) == stored


def test_rotation_under_writers_leaves_nothing_unreadable_and_loses_no_write(rows, settings):
    stop = Event()
    written: dict[int, str] = {}

    def write() -> None:
        """Somebody corrects numbers, one after the other, all the time."""
        try:
            while not stop.is_set():
                for secret in rows[::7]:
                    written[secret.pk] = f"corrected {secret.pk} {len(written)}"
                    MemberSecret.objects.filter(pk=secret.pk).update(
                        id_number=FIELD.seal_for(secret.pk, written[secret.pk])
                    )
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    call_command("rotate_field_keys")
    stop.set()
    writer.join()

    without_the_old_key(settings)
    assert numbers() == {written.get(secret.pk, f"number {secret.pk}") for secret in rows}


@pytest.fixture
def traffic(rows, settings, tmp_path):
    """A reader and a writer at work on the rows as processes; ``traffic.env`` is theirs."""
    with processes_in(tmp_path) as processes:
        processes.env["FIELD_KEYS"] = ",".join(settings.FIELD_KEYS)
        for work in ("read", "write"):
            processes.python("-m", "tests.core.rotation_traffic", work).says("at work")
        yield processes


def stop(process: Process) -> dict:
    """Ask it to stop; what it says it did."""
    process.popen.send_signal(signal.SIGTERM)
    assert process.ends() == 0, process.said
    return json.loads(process.said.splitlines()[-1])


def under_the_new_key() -> int:
    return MemberSecret.objects.filter(id_number__startswith="v1:k2:").count()


@pytest.mark.services
def test_rotation_killed_midway_under_traffic_is_taken_up_again(traffic, rows, settings):
    """The writer alone moves one row in seven; above that the rotation has begun."""
    for _ in range(size(1, 3, 20)):
        before = max(under_the_new_key(), COUNT // 7 + 1)
        rotating = traffic.python("-m", "tests.core.rotation_traffic", "rotate", str(COUNT))
        eventually(lambda least=before: under_the_new_key() > least, "some rows moved")
        rotating.kill()
    moved = under_the_new_key()
    both, alone = settings.FIELD_KEYS, [key("k2")]
    settings.FIELD_KEYS = alone
    lost = len(rotation.unreadable(Column(MemberSecret, "id_number", FIELD.place_of)))
    settings.FIELD_KEYS = both

    finishing = traffic.python("manage.py", "rotate_field_keys")
    assert finishing.ends() == 0, finishing.said
    read, written = map(stop, traffic.started[:2])

    without_the_old_key(settings)
    assert COUNT // 7 < moved < COUNT
    assert lost  # the control: the old key could not have gone then
    assert read["read"] > 0
    assert read["unreadable"] == 0
    assert numbers() == {written.get(str(secret.pk), f"number {secret.pk}") for secret in rows}


class RacedColumn(Column):
    """Somebody writes the first row after it was read and before it is swapped."""

    def reseal(self, pk, stored):
        fresh = super().reseal(pk, stored)
        if fresh != stored and not MemberSecret.objects.filter(id_number="").exists():
            MemberSecret.objects.filter(pk=pk).update(id_number="")
        return fresh


def test_write_between_reading_and_swapping_wins(rows):
    rotation.rotate(RacedColumn(MemberSecret, "id_number", FIELD.place_of))

    assert MemberSecret.objects.filter(id_number="").count() == 1


def test_control_without_compare_and_swap_the_write_is_lost(rows, monkeypatch):
    def swap(column, batch):
        return sum(MemberSecret.objects.filter(pk=pk).update(id_number=fresh) for pk, _, fresh in batch)

    monkeypatch.setattr(rotation, "_swap", swap)

    rotation.rotate(RacedColumn(MemberSecret, "id_number", FIELD.place_of))

    assert not MemberSecret.objects.filter(id_number="").exists()


def test_damaged_row_is_named_and_nothing_is_reported_as_done(rows, capsys):
    broken = rows[3]
    MemberSecret.objects.filter(pk=broken.pk).update(id_number=rows[4].id_number)

    with pytest.raises(CommandError, match=f"1 条记录打不开，缺少密钥或已损坏：{broken.pk}$"):
        call_command("rotate_field_keys")

    assert "可以移除" not in capsys.readouterr().out
    assert not AuditEntry.objects.exists()


def test_process_that_still_writes_the_old_key_is_noticed(rows, monkeypatch):
    monkeypatch.setattr(rotation, "_swap", lambda column, batch: 0)

    with pytest.raises(CommandError, match="仍有进程在使用旧密钥写入"):
        call_command("rotate_field_keys")


@pytest.mark.django_db
def test_every_place_of_sealed_values_is_known():
    assert {"members_membersecret.id_number", "mfa_authenticator.data"} <= {str(column) for column in all_columns()}
