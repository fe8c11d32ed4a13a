"""Our programs as real processes, in groups of their own, with everything they say kept for the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from django.conf import settings

PATIENCE = 90  # seconds until a test gives up waiting; nothing is asserted about how long it took
ROOT = Path(__file__).resolve().parent.parent


def eventually(condition: Callable[[], object], what: str = "") -> None:
    """Wait until ``condition()`` is true."""
    for _ in range(PATIENCE * 10):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what or condition}")


class Process:
    """One program and its children."""

    def __init__(self, command: list[str], log: Path, env: dict[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                command, stdout=output, stderr=output, env=env, cwd=ROOT, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def says(self, words: str) -> None:
        eventually(lambda: words in self.said or self.popen.poll() is not None, words)
        assert words in self.said, self.said

    def kill(self, number: int = signal.SIGKILL) -> None:
        """The whole group, as the machine's power or a container's end would."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)
        self.popen.wait(PATIENCE)

    def ends(self) -> int:
        return self.popen.wait(PATIENCE)


class Processes:
    """Starts programs on the test database; ``end_all`` leaves none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Process] = []
        self.env = os.environ | {"UNION_HOME": str(folder), "PYTHONUNBUFFERED": "1"} | _urls()

    def start(self, *command: str) -> Process:
        log = self.folder / f"{len(self.started)}.log"
        self.started.append(Process(list(command), log, self.env))
        return self.started[-1]

    def python(self, *command: str) -> Process:
        return self.start(sys.executable, *command)

    def redis(self, *options: str) -> "Redis":
        """A broker of the test's own; everything started afterwards uses it."""
        server = Redis(self, options)
        self.env["REDIS_URL"] = server.url
        return server

    def end_all(self) -> None:
        for process in self.started:
            process.kill()


class Redis:
    def __init__(self, processes: Processes, options: tuple[str, ...]) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._processes, self._options = processes, options
        self.start()

    def start(self) -> None:
        self.process = self._processes.start(
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
            *("--dir", str(self._processes.folder), *self._options),
        )
        with redis.Redis.from_url(self.url) as client:
            eventually(lambda: _answers(client), "redis answers")


def _answers(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _urls() -> dict[str, str]:
    """The test database, under the two roles."""
    names = {"default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL"}
    return {
        names[alias]: "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given)
        for alias, given in settings.DATABASES.items()
    }


@contextmanager
def processes_in(folder: Path) -> Iterator[Processes]:
    running = Processes(folder)
    try:
        yield running
    finally:
        running.end_all()
