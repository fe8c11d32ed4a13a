"""The database and the broker of one home: embedded ones, or those that the environment names."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from union_site.launch.broker import Redis
from union_site.launch.home import Home, Refused, locked
from union_site.launch.postgres import APPLICATION, OWNER, Postgres
from union_site.launch.processes import MARK, Child, end_orphans

LONGEST_START = 120  # seconds; crash recovery of a large database takes its time


class Servers:
    """What this home starts itself, and the environment for everything that uses it."""

    def __init__(self, home: Home, *, mode: str, port: int = 8000):
        self.home, self.mode, self.web_port = home, mode, port
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(home)
        redis = None if os.environ.get("REDIS_URL") else Redis(home)
        self.redis = redis if redis and redis.program else None
        self.children: list[Child] = []

    @property
    def own(self) -> list[Postgres | Redis]:
        return [server for server in (self.postgres, self.redis) if server]

    def start(self) -> None:
        """Start what is ours and wait until it answers. Call with the home's lock held."""
        plain = {name: value for name, value in os.environ.items() if name != MARK}
        for server in self.own:
            server.prepare()
            self.children.append(server.child(plain))
            self.children[-1].start()
        for server in self.own:
            self.wait(server.ready, what=type(server).__name__)

    def adopt(self) -> None:
        """Use the servers that another process started on this home."""
        for server in self.own:
            server.adopt()
            self.wait(server.ready, what=type(server).__name__)

    def wait(self, ready: Callable[[], bool], *, what: str, seconds: float = LONGEST_START) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                raise Refused(f"{what} 未能启动，请看 {self.home.log}")
            for child in self.children:
                child.watch()
                if child.failures > 3:
                    raise Refused(f"{child.name} 反复退出，请看 {child.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Those that use the servers first, all together; then the servers."""
        apps = [child for child in self.children if child.name not in ("postgres", "redis")]
        for group in (apps, [child for child in self.children if child not in apps]):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait_stopped()

    def environment(self, *, owner: bool) -> dict[str, str]:
        """Everything that settings.py reads. Only migrations and commands get the owner's way into the database."""
        home = self.home
        mine = {
            "UNION_MODE": self.mode,
            **home.django_keys(),
            "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver" if self.mode == "test" else "127.0.0.1,localhost",
            "PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "EMAIL_URL": f"filemail:///{quote(str(home.path / 'mail'))}",
            "SETUP_NOTICE": home.stamp("notice"),
            "PYTHONUTF8": "1",
        }
        given = {name: value for name, value in os.environ.items() if self.mode != "test" or name not in mine}
        fixed = {
            "UNION_HOME": str(home.path),
            "PATH": f"{home.venv / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        }
        result = {**mine, **given, **fixed, **self._urls()}
        result.pop(MARK, None)
        if not owner:
            result.pop("DATABASE_OWNER_URL", None)
        return result

    def _urls(self) -> dict[str, str]:
        urls = {}
        if self.postgres:
            urls = {"DATABASE_URL": self.postgres.url(APPLICATION), "DATABASE_OWNER_URL": self.postgres.url(OWNER)}
        if self.redis:
            urls["REDIS_URL"] = self.redis.url
        return urls


@contextmanager
def running(home: Home, *, mode: str, port: int = 8000) -> Iterator[Servers]:
    """Servers for the time of a command: those of a running `./run`, else our own, stopped afterwards.

    Two commands at once share them; who started them stops them, after the last one is done.
    """
    home.make()
    servers = Servers(home, mode=mode, port=port)
    with owned(home, "另一条 ./run 命令") as owns:
        if owns:
            try:
                servers.start()
                yield servers
            finally:
                with locked(home.path / "users.lock"):
                    servers.stop()
        else:
            with locked(home.path / "users.lock", shared=True):
                servers.adopt()
                yield servers


@contextmanager
def owned(home: Home, purpose: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the right to run servers on this home; what an earlier holder left behind is ended first.

    ``purpose`` stands in the lock file for others to read.
    """
    file = home.path / "owner.lock"
    with locked(file, wait=wait) as owns:
        if owns:
            file.write_text(purpose)
            end_orphans(home)
        yield owns
