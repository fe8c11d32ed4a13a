"""Children that are watched, restarted with back-off, and never outlive their data directory's next start."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from union_site.launch.home import Home, say

MARK = "UNION_LAUNCH"  # in the environment of every child: which home it belongs to
LOG_LIMIT = 5_000_000  # bytes; the file before it is kept as .1
STEADY_SECONDS = 30  # a child that lived this long starts again at once


class Child:
    """One supervised program in a session of its own; its output goes to ``log/<name>.log``."""

    def __init__(
        self,
        home: Home,
        name: str,
        command: list[str],
        *,
        environment: dict[str, str],
        cwd: Path,
        before: Callable[[], None] = lambda: None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
        patience: float = 20,
        as_user: Iterable[str] = (),
    ):
        self.home, self.name, self.command, self.before = home, name, command, before
        self.environment = {**environment, MARK: home.tag}
        self.death_signal = death_signal  # by default at once: a worker whose broker dies too would wait for it
        self.cwd, self.stop_signal, self.patience, self.as_user = cwd, stop_signal, patience, list(as_user)
        self.log = home.log / f"{name}.log"
        self.process: subprocess.Popen | None = None
        self.started = self.not_before = 0.0
        self.failures = self.pause = 0  # deaths in a row, seconds until the next start

    def start(self) -> None:
        """The kernel sends ``death_signal`` if the launcher dies without a word."""
        self.before()
        death = f"--pdeathsig={self.death_signal.name.removeprefix('SIG')}"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", *self.as_user, death, "--", *self.command],
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def watch(self) -> None:
        """Restart it if it died: at once the first time, then after 1, 2, 4 ... 30 seconds."""
        now = time.monotonic()
        if self.alive():
            _bound(self.log)
        elif self.process is not None:
            status = self.process.returncode
            self.kill_group()
            self.process = None
            self.failures = 0 if now - self.started > STEADY_SECONDS else self.failures + 1
            self.pause = min(2 ** (self.failures - 2), 30) if self.failures > 1 else 0
            self.not_before = now + self.pause
            say(f"{self.name} 已退出（状态 {status}），{self.pause} 秒后重新启动，日志：{self.log}")
        elif now >= self.not_before:
            self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Wait out its patience, then end the whole group."""
        if self.process is None:
            return
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            say(f"{self.name} 未按时停止，强制结束。")
        self.kill_group()
        self.process.wait()

    def kill_group(self) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # nothing left of it


def _bound(log: Path) -> None:
    """Copy and cut: children keep the file open in append mode."""
    if log.stat().st_size > LOG_LIMIT:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)


def end_orphans(home: Home) -> None:
    """End what an earlier start on this very data directory left behind, the database last and politely."""
    for signal_, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for pid in _orphans(home):
            _send(pid, signal_)
        if _gone(lambda: _orphans(home), seconds):
            break
    end_postgres(home, polite=True)


def end_postgres(home: Home, *, polite: bool) -> None:
    """No server process may live when a new one starts on its files: one backend would block it (TRUST.md L5)."""
    ways = [(signal.SIGINT, 15)] if polite and _postgres_servers(home) else []
    for signal_, seconds in [*ways, (signal.SIGQUIT, 3), (signal.SIGKILL, 10)]:
        left = _postgres_processes(home)
        for pid in left:
            _send(pid, signal_)
        if not left or _gone(lambda: _postgres_processes(home), seconds):
            return


def _orphans(home: Home) -> list[int]:
    """By the mark in the environment; Redis overwrites its own and is known by its working directory."""
    mark = f"{MARK}={home.tag}".encode()
    skip = _ancestors()
    found = []
    for pid in _pids():
        if pid in skip or pid in _postgres_processes(home, [pid]):
            continue
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if mark in environment or os.readlink(f"/proc/{pid}/cwd") == str(home.path / "redis"):
                found.append(pid)
        except OSError:
            continue  # gone meanwhile, or another user's
    return found


def _postgres_processes(home: Home, pids: list[int] | None = None) -> list[int]:
    """Every process title carries the cluster's name, the first process its data directory: readable by everyone."""
    own = f"postgres: {home.tag}: ".encode()
    titles = {pid: _title(pid) for pid in (_pids() if pids is None else pids)}
    return [pid for pid, title in titles.items() if title.startswith(own) or _is_server(home, title)]


def _postgres_servers(home: Home) -> list[int]:
    """The first process, which can shut down in order; the others cannot without it."""
    return [pid for pid in _pids() if _is_server(home, _title(pid))]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # gone meanwhile


def _is_server(home: Home, title: bytes) -> bool:
    return f"cluster_name={home.tag}".encode() in title.split(b"\0")


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _ancestors() -> set[int]:
    found, pid = set(), os.getpid()
    while pid > 1:
        found.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def _send(pid: int, signal_: signal.Signals) -> None:
    try:
        os.kill(pid, signal_)
    except ProcessLookupError:
        return


def _gone(left: Callable[[], list[int]], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not left():
            return True
        time.sleep(0.05)
    return not left()
