"""AuditEntry: appended only, chained by the database, no audit - no write."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from core import audit, clock
from core.enums import Role
from core.middleware import RequestOrigin
from core.models import AuditEntry, Department, RoleGrant, User
from tests.owner import as_owner, owner_does
from tests.together import together

WITHOUT_GUARD = "ALTER TABLE core_auditentry DISABLE TRIGGER USER"
INSERT = """
INSERT INTO core_auditentry (position, at, actor_username, actor_roles, action, target_type, target_id, basis, data,
                             previous_hash, hash)
VALUES (77, now(), '', '{}', 'core.thing.forged', '', '', '', '{}', 'x', 'y')
"""


def record(action="core.thing.done", **fields):
    return audit.record(actor=None, action=action, at=clock.now(), **fields)


@pytest.fixture
def five_entries(transactional_db):
    return [record(f"core.thing.done{n}", subject=n, data={"n": n}) for n in range(1, 6)]


@pytest.mark.django_db
def test_entry_says_who_in_which_role_did_what_to_whom():
    clerk = User.objects.create_user("1001", name="甲")
    RoleGrant.objects.create(user=clerk, role=Role.UNION_STAFF, from_on=date(2020, 1, 1))
    target = Department.objects.create(name="后勤处")
    at = clock.now()

    entry = audit.record(
        actor=clerk,
        action="core.department.closed",
        target=target,
        subject=7,
        basis="请示〔2022〕3号",
        data={"n": 1},
        at=at,
    )

    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_username, entry.actor_roles) == (clerk.pk, "1001", [Role.UNION_STAFF])
    assert (entry.target_type, entry.target_id) == ("core.department", str(target.pk))
    assert (entry.subject, entry.basis, entry.data, entry.at) == (7, "请示〔2022〕3号", {"n": 1}, at)


@pytest.mark.django_db
def test_entry_of_a_request_carries_its_address_and_others_do_not():
    inside = RequestOrigin(lambda request: record())(RequestFactory().get("/", REMOTE_ADDR="10.1.2.3"))
    outside = record()

    assert inside.address == "10.1.2.3"
    assert outside.address is None


@pytest.mark.django_db
def test_positions_are_gapless_after_a_rollback():
    first = record()
    with transaction.atomic():
        record()
        transaction.set_rollback(True)

    second = record()

    assert second.position == first.position + 1
    assert second.previous_hash == first.hash
    assert audit.verify_chain() == []


@pytest.mark.django_db
def test_raw_and_bulk_inserts_are_chained_too():
    record()
    with connection.cursor() as cursor:
        cursor.execute(INSERT)
    AuditEntry.objects.bulk_create([AuditEntry(action="a.b.bulk", at=clock.now()) for _ in range(2)])

    assert list(AuditEntry.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4]
    assert audit.verify_chain() == []


@pytest.mark.django_db
def test_chain_holds_in_every_time_zone_and_date_style():
    record(data={"甲": ["乙", 1.5, None]})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'America/New_York'; SET LOCAL datestyle = 'German'")

    assert audit.verify_chain() == []


@pytest.mark.parametrize(
    "forgery",
    ["UPDATE core_auditentry SET action = 'x'", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry"],
)
def test_nobody_changes_an_entry_not_even_the_owner(five_entries, forgery):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(forgery)
    with pytest.raises(Exception, match="append only"):
        owner_does(forgery)

    assert AuditEntry.objects.count() == 5
    assert audit.verify_chain() == []


@pytest.mark.parametrize(
    ("forgery", "position", "problem"),
    [
        ("UPDATE core_auditentry SET basis = 'x' WHERE position = 3", 3, "altered"),
        ("UPDATE core_auditentry SET at = at - interval '1 microsecond' WHERE position = 3", 3, "altered"),
        ("UPDATE core_auditentry SET subject = NULL WHERE position = 3", 3, "altered"),
        ("DELETE FROM core_auditentry WHERE position = 3", 4, "unchained"),
        ("DELETE FROM core_auditentry WHERE position = 1", 2, "unchained"),
        ("DELETE FROM core_auditentry WHERE position = 5", 4, "head"),
        ("DELETE FROM core_auditentry", 0, "head"),
        ("DELETE FROM core_auditchain", 5, "head"),
        ("UPDATE core_auditchain SET hash = repeat('f', 64)", 5, "head"),
        (
            "UPDATE core_auditentry SET position = 9 WHERE position = 2;"
            "UPDATE core_auditentry SET position = 2 WHERE position = 3;"
            "UPDATE core_auditentry SET position = 3 WHERE position = 9",
            2,
            "altered",
        ),
    ],
)
def test_forgery_with_the_trigger_off_is_found(five_entries, forgery, position, problem):
    owner_does(WITHOUT_GUARD, *forgery.split(";"))

    assert audit.Break(position, problem) in audit.verify_chain()
    with pytest.raises(CommandError) as refused:
        call_command("check_books")
    assert refused.value.returncode == 1


FORGED = {
    "bigint": "{0} + 100",
    "timestamp with time zone": "now() - interval '1 year'",
    "character varying[]": "'{{chair}}'",
    "inet": "'10.9.9.9'",
}
COLUMNS = [field.column for field in AuditEntry._meta.concrete_fields]


def test_edit_of_any_column_is_found(five_entries):
    with as_owner() as owner:
        owner.execute(WITHOUT_GUARD)
        owner.execute("CREATE TABLE core_kept AS SELECT * FROM core_auditentry")
        for column in COLUMNS:
            kind = owner.execute(f"SELECT pg_typeof({column})::text FROM core_kept").fetchall()[0][0]
            value = FORGED.get(kind, """'{{"n": 9}}'""").format(f"coalesce({column}, 0)")
            owner.execute(f"UPDATE core_auditentry SET {column} = {value} WHERE position = 3")

            assert audit.verify_chain(), column

            owner.execute("DELETE FROM core_auditentry")
            owner.execute("INSERT INTO core_auditentry SELECT * FROM core_kept")
            assert audit.verify_chain() == []


def test_entry_recomputed_in_place_still_breaks_the_next_one(five_entries):
    owner_does(
        WITHOUT_GUARD,
        "UPDATE core_auditentry SET basis = 'x' WHERE position = 3",
        "UPDATE core_auditentry AS e SET hash = core_audit_hash(e) WHERE position = 3",
    )

    assert audit.verify_chain() == [audit.Break(4, "unchained")]


def test_tail_cut_together_with_the_head_is_found_by_the_anchor_kept_elsewhere(five_entries, capsys):
    kept = audit.anchor()
    owner_does(
        WITHOUT_GUARD,
        "DELETE FROM core_auditentry WHERE position = 5",
        "UPDATE core_auditchain SET position = 4, hash = (SELECT hash FROM core_auditentry WHERE position = 4)",
    )

    assert audit.verify_chain() == []
    assert not audit.holds(kept)
    with pytest.raises(CommandError):
        call_command("check_books", anchor=kept)


def test_earlier_anchor_holds_on_a_longer_chain(five_entries, capsys):
    kept = audit.anchor()
    record()

    call_command("check_books", anchor=kept)

    assert audit.anchor() in capsys.readouterr().out


def write_one(number: int) -> AuditEntry:
    with transaction.atomic():
        return record(data={"n": number})


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_never_fork_the_chain():
    entries = together(write_one, 12)

    assert sorted(entry.position for entry in entries) == list(range(1, 13))
    assert audit.verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_writers_at_once_collide():
    with as_owner() as owner:
        source = owner.execute("SELECT pg_get_functiondef('core_audit_chain'::regproc)").fetchall()[0][0]
        assert "FOR UPDATE;" in source
        owner.execute(source.replace("FOR UPDATE;", "; PERFORM pg_sleep(0.3);"))

    entries = together(write_one, 4)

    assert any(isinstance(entry, DatabaseError) for entry in entries)


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_index_the_chain_forks_and_is_found():
    with as_owner() as owner:
        source = owner.execute("SELECT pg_get_functiondef('core_audit_chain'::regproc)").fetchall()[0][0]
        owner.execute(source.replace("FOR UPDATE;", "; PERFORM pg_sleep(0.3);"))
        owner.execute("ALTER TABLE core_auditentry DROP CONSTRAINT audit_chain_never_forks")
        owner.execute("ALTER TABLE core_auditentry DROP CONSTRAINT core_auditentry_pkey")

    together(write_one, 4)

    assert audit.verify_chain()


@transaction.atomic
def found_department_audited():
    Department.objects.create(name="财务处")
    record()


@pytest.mark.django_db(transaction=True)
def test_no_audit_no_business_write():
    owner_does("DELETE FROM core_auditchain")

    with pytest.raises(DatabaseError):
        found_department_audited()

    assert not Department.objects.exists()
    assert not AuditEntry.objects.exists()
