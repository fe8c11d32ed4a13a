"""P1: what PostgreSQL's own log says of a row that it refuses, under the settings that we start it with."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import yaml
from django.conf import settings

from tests.processes import eventually
from union_site.launch import postgres
from union_site.launch.home import Home

pytestmark = pytest.mark.services
NAME = "赵珩琛"
REFUSED = (
    f"INSERT INTO person VALUES (1, '{NAME}')",  # the same key again
    f"INSERT INTO person VALUES (NULL, '{NAME}')",  # a failing row
    f"INSERT INTO person VALUES (2, '{NAME}{NAME}')",  # a broken rule
    f"SELECT '{NAME}' FROM nowhere",  # a statement that cannot run
    f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING DETAIL = '{NAME}', HINT = '{NAME}'; END $$",
)


def log_of_refusals(folder: Path) -> str:
    """What a server of its own wrote while it refused each of ``REFUSED``."""
    home = Home(folder / "var", tools=Path(sys.prefix).parent)
    home.make()
    server = postgres.Postgres(home)
    server.prepare()
    child = server.child(dict(os.environ))
    child.start()
    try:
        eventually(server.ready, "the server answers")
        with psycopg.connect(server.url(postgres.OWNER), autocommit=True) as owner:
            owner.execute("CREATE TABLE person (id int PRIMARY KEY, name text CHECK (length(name) < 5))")
            owner.execute(f"INSERT INTO person VALUES (1, '{NAME}')")
            for statement in REFUSED:
                with suppress(psycopg.Error):
                    owner.execute(statement)
    finally:
        child.ask_to_stop()
        child.wait_stopped()
    return child.log.read_text()


def test_refused_rows_and_statements_are_not_quoted(tmp_path):
    said = log_of_refusals(tmp_path)

    assert said.count("ERROR:") == len(REFUSED)
    assert NAME not in said


def test_control_with_postgres_own_settings_they_are(tmp_path, monkeypatch):
    own = {name: value for name, value in postgres.SETTINGS.items() if not name.startswith("log_")}
    monkeypatch.setattr(postgres, "SETTINGS", own)

    assert log_of_refusals(tmp_path).count(NAME) > len(REFUSED)


def test_compose_starts_the_server_with_the_same_settings():
    compose = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
    given = dict(option.split("=") for option in compose["services"]["postgres"]["command"] if "=" in option)
    shipped = {name: value for name, value in postgres.SETTINGS.items() if name.startswith("log_")}

    assert shipped.items() <= given.items()
    assert len(shipped) == 2
