"""A broker and a worker of a bench's own, ended with it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory

LONGEST_WAIT = 120  # seconds
PAUSE = 0.01


@contextmanager
def redis_broker() -> Iterator[bool]:
    """REDIS_URL points to a server of our own; False (and untouched) where there is no redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        yield False
        return
    with socket.socket() as probe, TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        words = [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        before = os.environ.get("REDIS_URL")
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        try:
            wait_until(lambda: _answers(int(port)), "redis")
            yield True
        finally:
            _end(server)
            os.environ.pop("REDIS_URL")
            if before is not None:
                os.environ["REDIS_URL"] = before


@contextmanager
def worker() -> Iterator[None]:
    """A Celery worker as `./run` starts it, two processes; its log goes nowhere."""
    words = ["-m", "celery", "-A", "bench.worker_app", "worker", "--loglevel", "ERROR", "--concurrency", "2"]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        _end(process)


def wait_until(is_so: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(PAUSE)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(b"PING\r\n")
        return line.recv(100).startswith(b"+PONG")
    return False


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
