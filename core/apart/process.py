"""Starting a process apart, and what became of it.

``answer_of(module, file, *words)`` asks one question of a module that calls ``core.apart.child.serve``;
``Process`` is for longer talks (``core.spreadsheets.sheets``).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import weakref
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from core.apart import limits

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


class Declined(Exception):
    """The process answered with a refusal: a code of its module, and the facts for its words."""

    def __init__(self, code: str, facts: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Process:
    """``python -m module FD words...`` with ``file`` open in it as FD; ``close`` ends it, as does losing it."""

    def __init__(self, command: list[str], file: BinaryIO, *words: str) -> None:
        self.system = subprocess.Popen(
            [*command, str(file.fileno()), *words],
            cwd=_ROOT,
            env={"LANG": "C.UTF-8", "PYTHONUTF8": "1"} | {name: os.environ[name] for name in _KEPT & set(os.environ)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(file.fileno(),),
        )
        self.questions: BinaryIO = self.system.stdin  # type: ignore[assignment]  # both were asked for
        self.answers: BinaryIO = self.system.stdout  # type: ignore[assignment]
        self.close = weakref.finalize(self, _end, self.system)

    def wait_for_all(self) -> bytes:
        """Everything that it says until it ends. Raises ``Stopped`` when it does not end in time."""
        try:
            return self.system.communicate(timeout=limits.WAIT)[0]
        except subprocess.TimeoutExpired:
            self.close()
            raise Stopped(Fate.TOO_SLOW, 0) from None

    def stopped(self) -> Stopped:
        """What to raise when it has said nothing more. A limit of the system ends a process by a signal: an
        allocation that failed aborts it, processor time kills it."""
        self.close()
        status = self.system.returncode
        if -status in (signal.SIGXCPU, signal.SIGKILL):
            return Stopped(Fate.TOO_SLOW, status)
        if -status in (signal.SIGABRT, signal.SIGSEGV):
            return Stopped(Fate.TOO_MUCH_MEMORY, status)
        return Stopped(Fate.BROKE, status)


def command_of(module: str) -> list[str]:
    return [sys.executable, "-m", module]


def answer_of(module: str, file: BinaryIO, *words: str) -> tuple[dict[str, Any], bytes]:
    """What ``module`` makes of the file: facts and content. Raises ``Declined`` or ``Stopped``."""
    process = Process(command_of(module), file, *words)
    try:
        head, _line, content = process.wait_for_all().partition(b"\n")
        if not head:
            raise process.stopped()
    finally:
        process.close()
    answer = json.loads(head)
    if "declined" in answer:
        raise Declined(answer["declined"], answer["facts"])
    if answer["size"] != len(content):
        raise Stopped(Fate.BROKE, 0)  # it ended in the middle of its answer
    return answer["facts"], content


def _end(process: subprocess.Popen) -> None:
    """Nothing more is wanted of it, and it holds nothing: no waiting until it has tidied up its memory."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()  # type: ignore[union-attr]  # both were asked for
    process.wait()
