"""A whole system of its own: database, broker, web, worker, relay and beat as `./run` starts them, in one folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import environ
import pytest
from django.conf import settings
from django.db import connections

from tests.processes import Process, eventually, free_port
from union_site.launch import programs
from union_site.launch.home import Home, is_free
from union_site.launch.postgres import Postgres
from union_site.launch.servers import Servers


class System:
    """``said(name)`` is all that a program wrote; ``home`` holds what the system keeps, temporary files included."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "var", tools=Path(sys.prefix).parent)
        self.home.make()
        self.logs = folder / "said"
        self.temporary = self.home.path / "tmp"
        for made in (self.logs, self.temporary):
            made.mkdir()
        if settings.STATIC_ROOT.is_dir():
            (self.home.path / "static").symlink_to(settings.STATIC_ROOT)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.running: dict[str, Process] = {}
        with pytest.MonkeyPatch.context() as patch:
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
                patch.delenv(name, raising=False)
            self.servers = Servers(self.home, mode="test", port=self.port)
            self.servers.start()
            self.environment = self.servers.environment(owner=False) | {"TMPDIR": str(self.temporary)}
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{self.environment['PATH']}"

    @property
    def postgres(self) -> Postgres:
        assert self.servers.postgres is not None
        return self.servers.postgres

    def adopt_schema(self) -> None:
        """The tables and the reference data of the test database, by dump and restore."""
        given = settings.DATABASES["owner" if "owner" in settings.DATABASES else "default"]
        archive = dumped(
            self.program("pg_dump"), "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given), "-Fc"
        )
        command = [*self.program("pg_restore"), "--no-comments", "--no-owner", "--exit-on-error"]
        done = subprocess.run(
            [*command, f"--dbname={self.url('union_owner')}"], input=archive, capture_output=True, env=_plain()
        )
        assert done.returncode == 0, done.stderr.decode()

    def url(self, role: str) -> str:
        return self.postgres.url(role)

    def start(self, name: str, *command: str) -> Process:
        log = self.logs / f"{name}.log"
        self.running[name] = Process(list(command), log, self.environment)
        return self.running[name]

    def parts(self) -> dict[str, list[str]]:
        """The programs that serve, by name."""
        return {
            "web": programs.web(f"127.0.0.1:{self.port}"),
            "worker": programs.worker(),
            "relay": programs.relay(),
            "beat": programs.beat(),
        }

    def start_all(self) -> None:
        for name, command in self.parts().items():
            self.start(name, *command)
        for name, words in (("worker", "ready."), ("beat", "beat: Starting")):
            for part in self.running:
                if part.startswith(name):
                    self.running[part].says(words)
        web = self.running["web"]
        eventually(lambda: not is_free(self.port) or web.popen.poll() is not None, "web answers")
        assert urlopen(f"{self.address}/health/", timeout=60).status == 200, web.said

    def manage(self, *arguments: str) -> str:
        """One command to its end, as the application's role; what it said."""
        process = self.start(arguments[0], sys.executable, "manage.py", *arguments)
        assert process.ends() == 0, process.said
        return process.said

    def end(self) -> None:
        """Polite first: what is only written at the end is looked at too."""
        for process in self.running.values():
            process.popen.terminate()
        for process in self.running.values():
            with_patience = time.monotonic() + 10
            while process.popen.poll() is None and time.monotonic() < with_patience:
                time.sleep(0.05)
            process.kill()
        self.servers.stop()

    def program(self, name: str) -> list[str]:
        """A program of PostgreSQL, of the server's own version."""
        return [str(self.postgres.bin / name)]


@contextmanager
def system_in(folder: Path) -> Iterator[System]:
    system = System(folder)
    try:
        yield system
    finally:
        system.end()


@contextmanager
def database_at(urls: dict[str, str]) -> Iterator[None]:
    """The tests' own models work on another server: alias -> address."""
    before = {alias: dict(connections[alias].settings_dict) for alias in settings.DATABASES}
    try:
        for alias in before:
            connections[alias].close()
            given = environ.Env.db_url_config(urls[alias])
            connections[alias].settings_dict.update({key: given[key] for key in _PLACE})
        yield
    finally:
        for alias, given in before.items():
            connections[alias].close()
            connections[alias].settings_dict.update({key: given[key] for key in _PLACE})


_PLACE = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


def dumped(pg_dump: list[str], url: str, *options: str) -> bytes:
    """What ``pg_dump`` writes of the database at ``url``, read by its owner."""
    done = subprocess.run([*pg_dump, *options, f"--dbname={url}"], capture_output=True, env=_plain())
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def tables_of(dump: str) -> dict[str, str]:
    """The rows of every table in a plain dump."""
    found: dict[str, str] = {}
    for block in dump.split("\nCOPY public.")[1:]:
        head, _, rest = block.partition("\n")
        rows, _, _ = f"\n{rest}".partition("\n\\.\n")
        found[head.split()[0].strip('"')] = rows
    return found


def _plain() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PGTZ": "UTC"}
