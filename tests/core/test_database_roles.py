"""The application's role owns nothing and cannot rewrite history (TRUST.md Q2)."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from core import audit, checks, clock, database_roles
from core.models import AuditChain, AuditEntry, Department
from tests.owner import owner_does

pytestmark = pytest.mark.django_db  # what is refused leaves nothing; a test that commits says so
COMMITS = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

APPEND_ONLY = [model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)]
REWRITES = [
    "UPDATE {0} SET {1} = {1}",
    "DELETE FROM {0}",
    "TRUNCATE {0}",
    "ALTER TABLE {0} ADD COLUMN extra int",
    "ALTER TABLE {0} DISABLE TRIGGER USER",
    "DROP TABLE {0}",
]


def attempt(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("rewrite", REWRITES)
def test_application_cannot_rewrite_an_append_only_table(table, rewrite):
    column = next(model for model in apps.get_models() if model._meta.db_table == table)._meta.pk.column

    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        attempt(rewrite.format(table, column))


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE core_auditchain SET position = 0",
        "DELETE FROM core_auditchain",
        "INSERT INTO core_auditchain (id, position, hash) VALUES (1, 0, '')",
        "CREATE OR REPLACE FUNCTION core_audit_hash(core_auditentry) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
        "DROP FUNCTION core_audit_chain() CASCADE",
        "SET session_replication_role = replica",
    ],
)
def test_application_cannot_touch_the_chain_itself(forgery):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        attempt(forgery)

    assert AuditChain.objects.get().position == 0


def test_application_can_append_and_read():
    entry = audit.record(actor=None, action="a.b.c", at=clock.now())

    assert AuditEntry.objects.get() == entry


def test_no_right_too_many_and_the_check_is_silent():
    assert database_roles.rights_too_many() == []
    assert checks.application_may_not_rewrite(None, databases=["default"]) == []


@COMMITS
def test_control_a_right_given_by_hand_is_reported():
    owner_does(f"GRANT UPDATE ON core_auditentry TO {connection.settings_dict['USER']}")

    found = checks.application_may_not_rewrite(None, databases=["default"])

    assert database_roles.rights_too_many() == [("core_auditentry", "UPDATE")]
    assert [error.id for error in found] == ["core.E001"]


@COMMITS
def test_migrate_gives_rights_on_new_tables_and_takes_back_what_was_given_by_hand():
    user = connection.settings_dict["USER"]
    owner_does(
        f"GRANT UPDATE ON core_auditentry TO {user}",
        f"REVOKE ALL ON core_department FROM {user}",
        "CREATE TABLE core_later (id int)",
    )

    call_command("migrate", verbosity=0)

    assert database_roles.rights_too_many() == []
    assert not Department.objects.exists()
    attempt("INSERT INTO core_later VALUES (1)")


@COMMITS
def test_one_role_for_both_is_a_warning(monkeypatch):
    """The application's process knows one URL only; whether that role owns the tables is asked of the database."""
    user = connection.settings_dict["USER"]
    owner_does(f"GRANT CREATE ON SCHEMA public TO {user}", f"ALTER TABLE core_auditentry OWNER TO {user}")
    monkeypatch.delitem(settings.DATABASES, "owner")

    found = checks.application_may_not_rewrite(None, databases=["default"])

    assert [warning.id for warning in found] == ["core.W001"]
