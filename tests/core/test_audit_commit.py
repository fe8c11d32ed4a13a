"""``audit.commit_with``: the entry and the commit in one message are the same as one after the other."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import audit, clock
from core.models import AuditEntry, Department, RoleGrant, User
from core.models.audit import GENESIS
from tests.owner import owner_does

pytestmark = pytest.mark.django_db(transaction=True)
SET_BY_THE_TRIGGER = {"position", "recorded_at", "previous_hash", "hash"}


@transaction.atomic
def found(name: str = "财务处") -> None:
    """A service as they are, ending with its entry."""
    department = Department.objects.create(name=name)
    by = User.objects.filter(username="1001").first()
    said = {"subject": 7, "basis": "校发〔2022〕1号", "data": {"n": [1, "二"], "none": None}}
    audit.commit_with(
        audit.entry_of(actor=by, action="core.department.made", target=department, at=clock.now(), **said)
    )


def nothing_is_there() -> bool:
    return not Department.objects.exists() and not AuditEntry.objects.exists() and audit.verify_chain() == []


def test_the_entry_says_what_record_says_and_is_chained():
    clerk = User.objects.create_user("1001", name="甲")
    RoleGrant.objects.create(user=clerk, role="union_staff", from_on=date(2020, 1, 1))

    found()

    entry, department = AuditEntry.objects.get(), Department.objects.get()
    again = audit.record(
        **{"actor": clerk, "action": "core.department.made", "target": department, "subject": 7, "at": entry.at},
        **{"basis": "校发〔2022〕1号", "data": {"n": [1, "二"], "none": None}},
    )
    again.refresh_from_db()
    same = set(audit._WRITTEN) - {"state_before"}  # the second found it untouched
    assert [getattr(entry, name) for name in same] == [getattr(again, name) for name in same]
    assert (entry.previous_hash, entry.state_before != again.state_before) == (GENESIS, True)
    assert audit.verify_chain() == []


def test_every_column_is_written_by_it_or_by_the_trigger():
    assert {field.name for field in AuditEntry._meta.concrete_fields} == {*audit._WRITTEN, *SET_BY_THE_TRIGGER}


def test_entry_and_commit_are_one_message_and_the_last():
    with CaptureQueriesContext(connection) as sent:
        found()

    *_before, last, commit = [query["sql"].strip() for query in sent.captured_queries]
    assert (last.startswith("INSERT INTO core_auditentry"), last.endswith("COMMIT")) == (True, True)
    assert commit == "COMMIT"  # Django's own, of a connection with no transaction any more: it is not sent


@transaction.atomic
def in_a_wider_one_that_fails() -> None:
    found()
    raise KeyError


def test_in_a_wider_transaction_it_waits_for_that_one():
    with pytest.raises(KeyError):
        in_a_wider_one_that_fails()

    assert nothing_is_there()


def test_without_the_entry_nothing_is_written():
    owner_does("DELETE FROM core_auditchain")

    with pytest.raises(DatabaseError):
        found()

    assert not Department.objects.exists()
    assert not AuditEntry.objects.exists()


@transaction.atomic
def grant_to_nobody() -> None:
    """The database asks at the commit only."""
    RoleGrant.objects.create(user_id=999_999_999, role="union_staff", from_on=date(2020, 1, 1))
    audit.commit_with(audit.entry_of(actor=None, action="core.rolegrant.made", at=clock.now()))


def test_what_fails_at_the_commit_leaves_neither_and_the_connection_works():
    with pytest.raises(IntegrityError):
        grant_to_nobody()

    assert nothing_is_there()
    found()
    assert Department.objects.count() == AuditEntry.objects.count() == 1
