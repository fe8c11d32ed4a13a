"""Copies of the whole system in folders of their own, started by `./run` as a person would."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from union_site.launch.home import Home, is_free
from union_site.launch.processes import MARK

REPO = Path(__file__).resolve().parents[2]
PORTS = iter(range(13000 + os.getpid() % 500 * 10, 20000))  # a copy that is not running keeps its own, too
PATIENCE = 180  # seconds until a hung start is called one; the first one loads the demo union
SETTINGS = ("UNION_MODE", "SECRET_KEY", "FIELD_KEYS", "SEARCH_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def until(true: Callable[[], object], what: str) -> None:
    """Wait for something that other processes bring about."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Copy:
    """One UNION_HOME with a port, and the `./run` that serves it."""

    def __init__(self, path: Path):
        self.path = path
        self.home = Home(path)
        self.port = next(port for port in PORTS if is_free(port))
        self.process: subprocess.Popen | None = None
        self.output = path.parent / f"{path.name}.out"

    @property
    def environment(self) -> dict[str, str]:
        tools = os.environ.get("UNION_TOOLS") or str(Path(sys.prefix).parent)
        keep = {name: value for name, value in os.environ.items() if name not in (*SETTINGS, MARK)}
        return {**keep, "UNION_HOME": str(self.path), "UNION_TOOLS": tools, "PORT": str(self.port)}

    def launch(self, *before: str, **environment: str) -> None:
        """Type `./run`, after ``before`` on the same line."""
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*before, sys.executable, REPO / "run"],
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self, *before: str, **environment: str) -> "Copy":
        self.launch(*before, **environment)
        until(lambda: "已就绪" in self.said() or self.process.poll() is not None, "ready")
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.output.read_text()

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Another `./run` command on the same home."""
        command = [sys.executable, REPO / "run", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)

    def stop(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def die(self) -> None:
        """kill -9 of the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def sign_in_page(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=30) as page:
            return page.status

    def pids(self, word: str = "") -> list[int]:
        """Processes of this copy, by the mark they were born with or the cluster's name."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                born = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
                command = (entry / "cmdline").read_bytes() if born or entry.name.isdigit() else b""
            except OSError:
                continue
            mine = f"{MARK}={self.home.tag}".encode() in born or self.home.tag.encode() in command
            redis = command.startswith(b"/") and f":{self.home.known_ports().get('redis')}".encode() in command
            if (mine or redis) and word.encode() in command.replace(b"\0", b" "):
                found.append(int(entry.name))
        return sorted(found)

    def connect(self, role: str = "union_owner") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.home.known_ports()["postgres"],
            dbname="union",
            user=role,
            password=self.home.password(role),
            autocommit=True,
        )


@pytest.fixture(scope="session")
def seed(tmp_path_factory) -> Iterator[Copy]:
    """A first start, stopped again; below a closed folder, with a path longer than a socket's name may be."""
    closed = tmp_path_factory.mktemp("closed", numbered=True)
    closed.chmod(0o700)
    first = Copy(closed / ("long-" * 24) / "var")
    first.path.parent.mkdir()
    try:
        first.start()
        yield first
    finally:
        if first.process.poll() is None:
            first.stop()


@pytest.fixture
def stopped(seed) -> Iterator[Copy]:
    """The seed, not running; whatever a test leaves behind is ended."""
    if seed.process.poll() is None:
        seed.stop()
    yield seed
    if seed.process.poll() is None:
        seed.stop()


@pytest.fixture
def serving(seed) -> Copy:
    """The seed, running; one start serves all tests that leave it running."""
    if seed.process.poll() is not None:
        seed.start()
    return seed


@pytest.fixture
def second(stopped, tmp_path) -> Iterator[Copy]:
    """Another copy of the system with the same data."""
    shutil.copytree(stopped.path, tmp_path / "var", symlinks=True)
    copy = Copy(tmp_path / "var")
    yield copy
    if copy.process and copy.process.poll() is None:
        copy.stop()
