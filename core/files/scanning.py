"""Asks clamd what it thinks of a file, where ``CLAMD_URL`` names one (ADR 0014). No answer is never "clean"."""

import re
import socket
import struct
import time
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

_PART = 1 << 18  # bytes at once
_LONGEST = 1 << 12  # bytes of an answer
_AT_ONCE = 1.0  # seconds
_FOUND = re.compile(r"stream: ([ -~]{1,200}) FOUND")
_LIMITS = (
    "Heuristics.Limits.Exceeded"  # what clamd with AlertExceedsMax says of a file that it did not read to its end
)


class NoVerdict(Exception):
    """The scanner is down, too slow, over one of its limits, or speaks of something else."""


def infection_of(file: BinaryIO) -> str:
    """The name of what was found; "" when the whole file is clean, or where no scanner is configured.

    ``file`` is read from its start. Raises ``NoVerdict``, at the latest after ``CLAMD_TIMEOUT`` seconds.
    """
    if not settings.CLAMD_URL:
        return ""
    file.seek(0)
    try:
        said = _asked(file, until=time.monotonic() + settings.CLAMD_TIMEOUT)
    except (OSError, ValueError) as silent:  # an address that cannot be read is a scanner that is not there
        raise NoVerdict(f"{type(silent).__name__}: {silent}") from silent
    if said == "stream: OK":
        return ""
    found = _FOUND.fullmatch(said)
    if not found or found[1].startswith(_LIMITS):
        raise NoVerdict(said)
    return found[1]


def is_silent() -> bool:
    """A scanner is configured and does not answer a ping at once: whoever hands in a file is refused."""
    if not settings.CLAMD_URL:
        return False
    try:
        with _line(_AT_ONCE) as line:
            line.settimeout(_AT_ONCE)
            line.sendall(b"zPING\0")
            return line.recv(_LONGEST).strip(b"\0\n") != b"PONG"
    except (OSError, ValueError):
        return True


def _asked(file: BinaryIO, *, until: float) -> str:
    """clamd's answer to INSTREAM: parts with their lengths before them, an empty one at the end."""
    with _line(_left(until)) as line:
        line.sendall(b"zINSTREAM\0")
        while part := file.read(_PART):
            line.settimeout(_left(until))
            line.sendall(struct.pack(">L", len(part)) + part)
        line.sendall(struct.pack(">L", 0))
        said = b""
        while not said.endswith(b"\0"):  # an answer that broke off says nothing
            line.settimeout(_left(until))
            more = line.recv(_LONGEST)
            if not more or len(said) > _LONGEST:
                raise OSError("no whole answer")
            said += more
    return said[:-1].decode("utf-8", "replace").strip()


def _line(seconds: float) -> socket.socket:
    """To tcp://host:3310 or unix:///run/clamav/clamd.ctl."""
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "tcp" and address.hostname:
        return socket.create_connection((address.hostname, address.port or 3310), seconds)
    if address.scheme != "unix":
        raise ValueError("CLAMD_URL is neither tcp://host:port nor unix:///path")
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(seconds)
        line.connect(address.path)
    except BaseException:
        line.close()
        raise
    return line


def _left(until: float) -> float:
    if (seconds := until - time.monotonic()) <= 0:
        raise TimeoutError("too slow")
    return seconds
