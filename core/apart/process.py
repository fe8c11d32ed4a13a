"""Starting a process apart, and what became of it.

``Process`` is for a longer talk about one file (``core.spreadsheets.sheets``), ``asking`` for one question.
"""

import contextlib
import os
import signal
import subprocess
import sys
import weakref
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

_ROOT = Path(__file__).resolve().parents[2]
# Nothing of ours: the environment holds keys. What is left tells programs where their fonts and libraries lie.
_KEPT = frozenset({"FONTCONFIG_FILE", "FONTCONFIG_PATH", "HOME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"})


class Fate(StrEnum):
    """Why a process gave no answer."""

    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    BROKE = "broke"


class Stopped(Exception):
    """The process ended without an answer."""

    def __init__(self, fate: Fate, status: int) -> None:
        super().__init__(f"{fate} ({status})")
        self.fate, self.status = fate, status


class HasFileno(Protocol):
    def fileno(self) -> int: ...


class Process:
    """``python -m module FD words...`` with ``file`` open in it as FD; ``close`` ends it, as does losing it."""

    def __init__(self, command: list[str], file: BinaryIO, *words: str) -> None:
        self.system = start([*command, str(file.fileno()), *words], file, subprocess.PIPE)
        self.questions: BinaryIO = self.system.stdin  # type: ignore[assignment]  # both were asked for
        self.answers: BinaryIO = self.system.stdout  # type: ignore[assignment]
        self.close = weakref.finalize(self, _end, self.system)

    def stopped(self) -> Stopped:
        """What to raise when it has said nothing more."""
        self.close()
        return stopped_by(self.system.returncode)


def start(command: list[str], given: HasFileno, standard: int) -> subprocess.Popen:
    """``command`` without anything of ours but ``given``; ``standard`` is its input and output."""
    return subprocess.Popen(
        command,
        cwd=_ROOT,
        env={"LANG": "C.UTF-8", "PYTHONUTF8": "1"} | {name: os.environ[name] for name in _KEPT & set(os.environ)},
        stdin=standard,
        stdout=standard,
        stderr=subprocess.DEVNULL,
        pass_fds=(given.fileno(),),
    )


def stopped_by(status: int) -> Stopped:
    """What a process without an answer ended of. A limit of the system ends it by a signal: an allocation that failed
    aborts it, processor time kills it."""
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        return Stopped(Fate.TOO_SLOW, status)
    if -status in (signal.SIGABRT, signal.SIGSEGV):
        return Stopped(Fate.TOO_MUCH_MEMORY, status)
    return Stopped(Fate.BROKE, status)


def command_of(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def _end(process: subprocess.Popen) -> None:
    """Nothing more is wanted of it, and it holds nothing: no waiting until it has tidied up its memory."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()  # type: ignore[union-attr]  # both were asked for
    process.wait()
