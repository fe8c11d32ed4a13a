"""The whole system, supervised: web x 2, worker x 2 with two children each, relay, beat, database and broker."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from tests.processes import PATIENCE, Process
from tests.trust.system import System
from union_site.launch import programs
from union_site.launch.processes import Child

WORKERS = ("worker-1", "worker-2")


class Union(System):
    """``supervise()`` does what `./run` does every second: whatever ended is started again, its group first ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environment |= {"DJANGO_SETTINGS_MODULE": "tests.crash.settings", "PYTHONUNBUFFERED": "1"}
        self.given: dict[str, list[str]] = {}  # a part's command where it is not the usual one, for one start

    def parts(self) -> dict[str, list[str]]:
        usual = super().parts()
        workers = {name: [*worker(), "-n", f"{name}@%h"] for name in WORKERS}
        return {"web": usual["web"], **workers, "relay": usual["relay"], "beat": usual["beat"]}

    def supervise(self) -> None:
        for child in self.servers.children:
            child.not_before = (
                0.0  # `./run` waits longer and longer after several deaths in a row: we did the killing
            )
            child.watch()
        for name, command in self.parts().items():
            process = self.running.get(name)
            if process is not None and process.popen.poll() is not None:
                process.kill()
                self.start(name, *self.given.pop(name, command))

    def server(self, name: str) -> Child:
        return next(child for child in self.servers.children if child.name == name)

    def pids(self) -> dict[str, int]:
        return {name: self.running[name].popen.pid for name in self.parts()}

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.environment["REDIS_URL"])

    def stop(self, name: str) -> None:
        """For good, and politely."""
        process = self.running.pop(name)
        process.popen.terminate()
        process.ends()

    def until(self, condition: Callable[[], object], what: str, step: Callable[[], object] = lambda: None) -> None:
        """Supervise and wait; the database may be away meanwhile."""
        end = monotonic() + 2 * PATIENCE
        while not self.holds(condition):
            assert monotonic() < end, f"never happened: {what}"
            self.supervise()
            step()
            sleep(0.1)

    def holds(self, condition: Callable[[], object]) -> bool:
        try:
            return bool(condition())
        except (OperationalError, InterfaceError):
            for alias in settings.DATABASES:
                connections[alias].close()
            return False


def worker() -> list[str]:
    """The shipped command with the tests' handlers beside the application's."""
    return ["tests.core.worker_app" if part == "union_site.celery" else part for part in programs.worker()]


@contextmanager
def union_in(folder: Path) -> Iterator[Union]:
    union = Union(folder)
    try:
        yield union
    finally:
        union.end()


def children_of(process: Process) -> list[int]:
    """The pool's children, by the kernel."""
    pid = process.popen.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def sending_to(port: int, among: list[int]) -> list[int]:
    """Which of these processes have a connection to ``port`` open right now."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{line[9]}]" for line in lines if line[2].endswith(f":{port:04X}") and line[3] == "01"}
    return [pid for pid in among if sockets & _open_files(pid)]


def _open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):  # gone meanwhile
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(link))
    return found


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
