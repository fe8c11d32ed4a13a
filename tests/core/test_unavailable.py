"""A page that loses its database midway answers 503, on real PostgreSQL (TRUST.md F5)."""

import pytest
from django.db import connection
from django.test import Client

from core.enums import Role
from tests.cast import make_cast
from tests.owner import as_owner

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, TABLE = "/exports/", "core_exportjob"


@pytest.fixture
def client():
    client = Client(raise_request_exception=False)
    client.force_login(make_cast().users[Role.CHAIR], "core.backends.StaffNumberBackend")
    client.get(PAGE)  # what the first request of a session writes is written
    yield client
    connection.close()


def test_page_that_loses_its_database_midway_answers_503(client):
    def lose_it(execute, sql, *given):
        if TABLE in sql:
            with as_owner() as owner:
                owner.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return execute(sql, *given)

    with connection.execute_wrapper(lose_it):
        answer = client.get(PAGE)

    assert (answer.status_code, answer["Content-Type"]) == (503, "text/plain; charset=utf-8")


def test_statement_that_is_wrong_is_our_mistake(client):
    def spoil(execute, sql, *given):
        return execute(sql.replace(TABLE, "nowhere"), *given)

    with connection.execute_wrapper(spoil):
        answer = client.get(PAGE)

    assert answer.status_code == 500
