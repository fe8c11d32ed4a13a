"""A4: reading changes nothing, posting needs the token. A9: the matrix sees a scope that was taken away."""

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from core.enums import Role
from members.querysets.roll import MemberQuerySet
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.matrix.test_matrix import path_of, rows

pytestmark = pytest.mark.django_db
# What reading may write: who looked, and that the session is alive.
MAY_CHANGE = {"core_auditentry", "core_auditchain", "django_session", "usersessions_usersession", "core_cache"}
READERS = (MEMBER, Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


def fingerprint() -> dict[str, str]:
    """A digest of every table's rows but those that reading may write."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - MAY_CHANGE
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" AS t')
            found[table] = cursor.fetchone()[0]
    return found


def test_reading_changes_no_row():
    cast = make_cast()
    paths = [path_of(row, cast) for row in rows()]
    clients = [Client(raise_request_exception=False) for _ in READERS]
    for actor, client in zip(READERS, clients, strict=True):
        client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
    before = fingerprint()

    for client in clients:
        for path in paths:
            client.get(path)

    after = fingerprint()
    assert [table for table in before if before[table] != after[table]] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.route}{row.label}" or "/")
def test_posting_without_the_token_is_refused(row):
    cast = make_cast()
    actor = next((a for a, status in row.post.items() if status in (200, 302) and cast.users[a]), None)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if actor:
        client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")

    status = client.post(path_of(row, cast), row.data(cast)).status_code

    assert status in (403, 405)


def test_matrix_sees_a_scope_taken_away(monkeypatch):
    cast = make_cast()
    foreign = f"/members/{cast.member_of(OTHER_BRANCH_OFFICER).pk}/"
    client = Client()
    client.force_login(cast.users[Role.BRANCH_OFFICER], "core.backends.StaffNumberBackend")
    with transaction.atomic():
        assert client.get(foreign).status_code == 404

    monkeypatch.setattr(MemberQuerySet, "visible_to", lambda self, user: self)

    assert client.get(foreign).status_code == 200
