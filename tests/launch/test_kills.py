"""kill -9 of anything loses no committed row, and everything comes back by itself (TRUST.md L4, L5)."""

import os
import signal
import subprocess
import threading

import psycopg
import pytest

from tests.launch.conftest import Copy, until
from union_site.launch.postgres import Postgres

pytestmark = pytest.mark.services
PROGRAMS = ("gunicorn", "union_site.celery worker", "union_site.celery beat", "manage.py relay", "redis-server")


class Writer:
    """Writes 1, 2, 3 ... one committed row each, and remembers which ones were acknowledged."""

    def __init__(self, copy: Copy):
        self.copy, self.acknowledged, self.stopping = copy, [], threading.Event()
        with copy.connect() as database:
            database.execute("CREATE TABLE IF NOT EXISTS launch_journal (id bigserial, number int)")
            database.execute("TRUNCATE launch_journal")
        self.thread = threading.Thread(target=self.write)

    def __enter__(self):
        self.thread.start()
        until(lambda: len(self.acknowledged) > 20, "rows")
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self.thread.join()

    def write(self) -> None:
        try:
            with self.copy.connect() as database:
                while not self.stopping.is_set():
                    number = len(self.acknowledged) + 1
                    database.execute("INSERT INTO launch_journal (number) VALUES (%s)", [number])
                    self.acknowledged.append(number)
        except psycopg.OperationalError:
            self.stopping.wait()

    def lost(self) -> set[int]:
        with self.copy.connect() as database:
            kept = {number for (number,) in database.execute("SELECT number FROM launch_journal")}
        return set(self.acknowledged) - kept


def postmaster(copy: Copy) -> int:
    return int((Postgres(copy.home).data / "postmaster.pid").read_text().split()[0])


def answers(copy: Copy) -> bool:
    try:
        with copy.connect():
            return copy.sign_in_page() == 200
    except (OSError, psycopg.OperationalError):
        return False


def queued_work_is_done(copy: Copy) -> None:
    """A row of the outbox goes through relay, broker and worker: an unknown name counts a try."""
    add = (
        "from django.db import transaction; from core import outbox\n"
        "with transaction.atomic(): print(outbox.add('launch.probe').pk)"
    )
    said = copy.run("manage", "shell", "-v0", "-c", add)
    assert said.returncode == 0, said.stderr
    with copy.connect() as database:
        until(
            lambda: database.execute(
                "SELECT attempts FROM core_outboxmessage WHERE id = %s", [said.stdout.strip()]
            ).fetchone()[0],
            "a try of the worker",
        )


def test_killed_programs_come_back_and_work_on(serving):
    before = {name: serving.pids(name)[0] for name in PROGRAMS}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    until(lambda: all((now := serving.pids(name)) and before[name] not in now for name in PROGRAMS), "new children")
    until(lambda: answers(serving), "sign-in page")
    queued_work_is_done(serving)


def test_killed_database_comes_back_with_every_acknowledged_row(serving):
    with Writer(serving) as writer:
        killed = postmaster(serving)
        os.kill(killed, signal.SIGKILL)

    until(lambda: answers(serving), "database and page")
    assert postmaster(serving) != killed
    assert writer.lost() == set()


def test_killed_supervisor_leaves_nothing_for_long(serving):
    with Writer(serving) as writer:
        serving.die()

    until(lambda: serving.pids() == [], "the kernel tells every child")
    serving.start()
    assert writer.lost() == set()


def test_orphans_are_ended_by_the_next_start(serving):
    with Writer(serving) as writer:
        orphans = hold_one_backend_after_killing_everything_above(serving)

    serving.start()

    assert not set(orphans) & set(serving.pids())
    assert writer.lost() == set()


def test_without_ending_orphans_the_database_would_not_start(serving):
    """The control: PostgreSQL itself refuses while one backend of the killed server lives."""
    hold_one_backend_after_killing_everything_above(serving)
    server = Postgres(serving.home)
    server.prepare_programs()

    server.port = serving.home.known_ports()["postgres"]
    refused = subprocess.run(
        [*server.enter(), *server.command()], cwd="/", capture_output=True, text=True, timeout=60
    )

    assert refused.returncode != 0
    assert "postmaster.pid" in refused.stderr or "shared memory" in refused.stderr
    serving.start()


def hold_one_backend_after_killing_everything_above(copy: Copy) -> list[int]:
    """A stopped backend and a stopped worker outlive the server and the supervisor; returns their process ids."""
    with copy.connect() as database:
        backend = database.info.backend_pid
        worker = copy.pids("union_site.celery worker")[-1]
        held, server = [backend, worker], postmaster(copy)
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        os.kill(copy.process.pid, signal.SIGSTOP)  # or it would mend at once
        os.kill(server, signal.SIGKILL)
        copy.die()
        until(lambda: server not in copy.pids(), "the server's end")
    return held
