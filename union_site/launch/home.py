"""UNION_HOME: where one copy of the system keeps its data, its keys and its tools."""

import base64
import fcntl
import hashlib
import json
import os
import random
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


class Refused(Exception):
    """The launcher cannot go on; the message says what and where. Exit status 1."""


def say(text: str) -> None:
    print(text, flush=True)


class Home:
    """One data directory. ``tools`` is the folder that holds the virtual environment and the npm packages.

    UNION_TOOLS in the environment names one that is shared and taken as it is.
    """

    def __init__(self, path: Path, tools: Path | None = None):
        self.path = path.resolve()
        self.tools = Path(os.environ.get("UNION_TOOLS") or tools or path).resolve()
        self.keys = self.path / "keys"
        self.log = self.path / "log"
        self.tag = "union-" + hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    @property
    def venv(self) -> Path:
        return self.tools / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    def make(self) -> None:
        """The folders, closed to other users of the machine where they hold secrets or data."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for closed in (self.keys, self.log, self.path / "mail", self.path / "media"):
                closed.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            raise Refused(f"当前用户不能写入 {error.filename}；请改权限，或用 UNION_HOME 指定其他目录。") from error
        assets = self.path / "assets"
        if self.tools != self.path and not assets.is_symlink():
            assets.symlink_to(self.tools / "assets")

    def secret(self, name: str, new) -> str:
        """The secret kept under ``keys/name``; ``new()`` makes it the first time. Never half written."""
        file = self.keys / name
        if not file.exists():
            write_private(file, new())
        return file.read_text().strip()

    def password(self, name: str) -> str:
        return self.secret(name, lambda: secrets.token_urlsafe(32))

    def django_keys(self) -> dict[str, str]:
        """SECRET_KEY, FIELD_KEYS and SEARCH_KEY, made on the first start."""
        return {
            "SECRET_KEY": self.secret("secret-key", lambda: secrets.token_urlsafe(64)),
            "FIELD_KEYS": self.secret("field-keys", lambda: f"k1:{_key()}"),
            "SEARCH_KEY": self.secret("search-key", _key),
        }

    def port(self, service: str) -> int:
        """A free port on 127.0.0.1, the same as last time where it is still free."""
        known = self.known_ports()
        if not is_free(known.get(service, 0)):
            # Below the range from which the kernel takes ports for outgoing connections.
            known[service] = next(port for port in _shuffled(range(20000, 32000)) if is_free(port))
            write_private(self.path / "ports.json", json.dumps(known))
        return known[service]

    def known_ports(self) -> dict[str, int]:
        file = self.path / "ports.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def stamp(self, name: str) -> str:
        file = self.path / f"{name}.stamp"
        return file.read_text() if file.exists() else ""

    def set_stamp(self, name: str, text: str) -> None:
        write_private(self.path / f"{name}.stamp", text)


def write_private(file: Path, text: str) -> None:
    """Write in one step, readable by the owner only."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)


def is_free(port: int) -> bool:
    """Nobody listens on this port of 127.0.0.1."""
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def locked(file: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a lock that the kernel takes back when this process dies; yields False if taken and not waited for."""
    with open(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as handle:
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, mode | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def fingerprint(*paths: Path) -> str:
    """SHA-256 over the names and contents of files; folders with everything below, compiled files left out."""
    total = hashlib.sha256(sys.version.encode())
    for path in paths:
        files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix != ".pyc" and file.exists():
                total.update(f"{file.relative_to(REPO)}\0".encode())
                total.update(file.read_bytes())
    return total.hexdigest()


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _shuffled(ports: range) -> list[int]:
    return random.sample(ports, len(ports))
