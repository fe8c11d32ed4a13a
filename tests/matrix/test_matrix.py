"""A1: every address of the resolver x 18 actors x 7 methods against the table. A new address without a row fails."""

import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.cast import ACTORS, make_cast
from tests.matrix.resolver import routes
from tests.matrix.table import METHODS, Row


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module beside this one that declares ``ROWS``."""
    beside = [
        import_module(f"tests.matrix.{found.name}")
        for found in iter_modules([str(Path(__file__).parent)])
        if not found.name.startswith("test_")
    ]
    return tuple(module for module in beside if hasattr(module, "ROWS"))


@cache
def rows() -> tuple[Row, ...]:
    return tuple(row for module in modules() for row in module.ROWS)


def test_every_address_is_declared_and_no_declared_one_is_gone():
    known, declared = set(routes()), {row.route for row in rows()}

    assert known - declared == set(), "addresses without a row in tests/matrix/"
    assert declared - known == set(), "rows whose address is gone"


def test_no_two_rows_are_the_same():
    twice = [key for key, n in Counter((row.route, row.label) for row in rows()).items() if n > 1]

    assert twice == []


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """The cast, signed in, once for the whole table; undone at the end."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # what must be outermost may still run inside this one
    with django_db_blocker.unblock(), around:
        cast = make_cast()
        clients = {}
        for actor in ACTORS:
            clients[actor] = Client(raise_request_exception=False)
            if cast.users[actor]:
                clients[actor].force_login(cast.users[actor], "core.backends.StaffNumberBackend")
                clients[actor].get("/health/")  # what the first request of a session writes is written
        yield cast, clients
        transaction.set_rollback(True)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.route}{row.label}" or "/")
def test_address_answers_each_actor_and_method_as_declared(row, stage):
    cast, clients = stage
    path = path_of(row, cast)
    wrong: dict[str, list[str]] = {}
    for actor in ACTORS:
        for method in METHODS:
            got = _ask(clients[actor], method, path, row.data(cast) if method == "POST" else None)
            if got != row.expected(method, actor):
                wrong.setdefault(f"{method} {got}, declared {row.expected(method, actor)}", []).append(actor)

    assert not wrong, f"{path}\n" + "\n".join(f"{what}: {', '.join(who)}" for what, who in wrong.items())


def _ask(client: Client, method: str, path: str, data: dict | None) -> int:
    """The status of one request whose changes are undone."""
    cookies = client.cookies.copy()
    point = transaction.savepoint()
    response = client.generic(method, path) if data is None else client.post(path, data)
    transaction.savepoint_rollback(point)
    transaction.savepoint_commit(point)  # released: what comes next does not nest in it
    client.cookies = cookies
    return response.status_code


def path_of(row: Row, cast) -> str:
    """The row's address, its parameters filled in from the cast."""
    path = row.route
    for name, value in row.kwargs(cast).items():
        path = path.replace(_parameter(path, name), str(value))
    return "/" + path.replace("^", "").replace("$", "")


def _parameter(path: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>|\(\?P<{name}>[^()]*\)", path)
    if not found:
        raise ValueError(f"{path} has no parameter {name}")
    return found.group()


def test_settings_of_the_matrix_ask_for_no_second_factor():
    """The second factor is tried in tests/core/test_signin.py; here it would hide every other answer."""
    assert settings.SECOND_FACTOR_REQUIRED is False
