"""Every entry says, as keyed digests, what its target's row was before and is after (TRUST.md Q1, ADR 0009)."""

import hashlib
import json

import pytest
from django.db import connection, transaction

from core import audit, clock, row_states, sealed
from core.models import AuditEntry, Department
from tests.owner import as_owner, owner_does

pytestmark = pytest.mark.django_db(transaction=True)


def record(target):
    return audit.record(actor=None, action="core.department.changed", target=target, at=clock.now())


def found(name="财务处") -> Department:
    return Department.objects.create(name=name)


def digest_of(department: Department) -> str:
    """Computed here, from the row's text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(d)::text FROM core_department AS d WHERE id = %s", [department.pk])
        text = cursor.fetchone()[0]
    assert json.loads(text)["name"] == Department.objects.get(pk=department.pk).name
    plain = hashlib.sha256(text.encode()).hexdigest()
    return sealed.keyed_hash(f"core_department:{department.pk}:{plain}")


def test_insert_has_an_after_and_no_before():
    with transaction.atomic():
        department = found()
        entry = record(department)

    assert (entry.state_before, entry.state_after) == ("", digest_of(department))


def test_update_has_both_and_they_are_the_rows_own():
    department = found()
    was = digest_of(department)
    with transaction.atomic():
        Department.objects.filter(pk=department.pk).update(name="计财处")
        Department.objects.filter(pk=department.pk).update(is_active=False)
        entry = record(department)

    assert (entry.state_before, entry.state_after) == (was, digest_of(department))
    assert was != entry.state_after


def test_delete_has_a_before_and_no_after():
    department = found()
    was = digest_of(department)
    with transaction.atomic():
        Department.objects.filter(pk=department.pk).delete()
        entry = record(department)

    assert (entry.state_before, entry.state_after) == (was, "")


def test_act_that_leaves_the_row_alone_has_the_same_twice():
    department = found()

    entry = record(department)

    assert entry.state_before == entry.state_after == digest_of(department)


def test_second_act_of_a_transaction_begins_where_the_first_ended():
    with transaction.atomic():
        department = found()
        first = record(department)
        Department.objects.filter(pk=department.pk).update(name="计财处")
        second = record(department)

    assert second.state_before == first.state_after != second.state_after


def test_what_was_rolled_back_never_was():
    department = found()
    with transaction.atomic():
        point = transaction.savepoint()
        Department.objects.filter(pk=department.pk).update(name="计财处")
        transaction.savepoint_rollback(point)
        entry = record(department)

    assert entry.state_before == entry.state_after == digest_of(department)


def test_earlier_transaction_of_the_same_connection_is_not_remembered():
    department = found()
    Department.objects.filter(pk=department.pk).update(name="计财处")  # without an entry

    entry = record(department)

    assert entry.state_before == entry.state_after == digest_of(department)


def test_raw_statements_are_seen():
    department = found()
    was = digest_of(department)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE core_department SET name = '计财处'")
        entry = record(department)

    assert (entry.state_before, entry.state_after) == (was, digest_of(department))


def test_digest_is_the_same_in_every_time_zone():
    department = found()
    first = record(department)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'America/New_York'")
        second = record(department)

    assert first.state_after == second.state_after


def test_entry_without_a_target_has_none():
    entry = audit.record(actor=None, action="core.thing.done", at=clock.now())

    assert (entry.state_before, entry.state_after) == ("", "")


def test_digest_is_keyed_and_bound_to_its_row(settings):
    first = record(found())
    settings.SEARCH_KEY = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q="
    second = record(Department.objects.get())

    assert first.state_after != second.state_after
    assert len(second.state_after) == 64


def test_blanking_the_states_breaks_the_chain():
    record(found())
    owner_does(
        "ALTER TABLE core_auditentry DISABLE TRIGGER USER",
        "UPDATE core_auditentry SET state_before = '', state_after = ''",
    )

    assert audit.verify_chain() == [audit.Break(1, "altered")]


def test_every_table_of_the_house_is_tracked():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname ~ '^keep_' GROUP BY 1")
        have = dict(cursor.fetchall())

    assert have == {model._meta.db_table: len(row_states.EVENTS) for model in row_states.tracked()}
    assert AuditEntry not in set(row_states.tracked())
    assert len(have) > 10


def test_bulk_work_leaves_what_follows_kept():
    """Its own rows are taken for untouched, so no entry is about one of them; what comes after is kept again."""
    with transaction.atomic():
        with row_states.not_kept():
            department = found()
        first = record(department)
        was = digest_of(department)
        Department.objects.filter(pk=department.pk).update(name="计财处")
        second = record(department)

    assert first.state_before == first.state_after == was
    assert (second.state_before, second.state_after) == (was, digest_of(department))


def test_bulk_work_that_failed_leaves_what_follows_kept():
    department = found()
    was = digest_of(department)
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), row_states.not_kept():
            raise ZeroDivisionError
        Department.objects.filter(pk=department.pk).update(name="计财处")
        entry = record(department)

    assert (entry.state_before, entry.state_after) == (was, digest_of(department))


def test_a_transaction_of_bulk_work_only_ends_with_itself():
    department = found()
    was = digest_of(department)
    with transaction.atomic():
        row_states.keep_no_more()
        Department.objects.filter(pk=department.pk).update(name="计财处")
        entry = record(department)
    changed = digest_of(department)
    with transaction.atomic():
        Department.objects.filter(pk=department.pk).update(name="财务处")
        later = record(department)

    assert entry.state_before == entry.state_after == changed
    assert (later.state_before, later.state_after) == (changed, digest_of(department))
    assert was != changed


def test_control_without_the_trigger_a_change_looks_like_none():
    department = found()
    with as_owner() as owner:
        owner.execute("DROP TRIGGER keep_before_update ON core_department")
    with transaction.atomic():
        Department.objects.filter(pk=department.pk).update(name="计财处")
        entry = record(department)

    assert entry.state_before == entry.state_after
