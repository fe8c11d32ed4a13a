"""``answer_of(module, file, *words)``: one question about one file, answered by a fork that knows nothing else.

The first question starts the module's process, which imports and waits (``child``); it is this process's own and ends
with it. Should it be gone between two questions, it is started anew.
"""

import atexit
import json
import os
import socket
import subprocess
import threading
import time
from typing import Any, BinaryIO

from core.apart import limits, process
from core.apart.forking import STATUS
from core.apart.process import Fate, Stopped

_kept: dict[tuple[str, ...], "_Waiting"] = {}
_one_starts = threading.Lock()


class Declined(Exception):
    """The process answered with a refusal: a code of its module, and the facts for its words."""

    def __init__(self, code: str, facts: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def answer_of(module: str, file: BinaryIO, *words: str) -> tuple[dict[str, Any], bytes]:
    """What ``module`` makes of the file: facts and content. Raises ``Declined`` or ``Stopped``."""
    head, _line, content = _said_about(file.fileno(), tuple(process.command_of(module)), words).partition(b"\n")
    answer = json.loads(head)
    if "declined" in answer:
        raise Declined(answer["declined"], answer["facts"])
    if answer["size"] != len(content):
        raise Stopped(Fate.BROKE, 0)  # it ended in the middle of its answer
    return answer["facts"], content


def end_all() -> None:
    """End the waiting processes, and with them whatever they are answering. The next question starts another."""
    with _one_starts:
        for waiting in _kept.values():
            waiting.end()
        _kept.clear()


class _Waiting:
    """A process of one module that waits for questions."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.system = process.start([*command, str(theirs.fileno())], theirs, subprocess.DEVNULL)

    def ask(self, words: tuple[str, ...], given: list[int]) -> None:
        """Raises ``OSError`` when it is gone."""
        socket.send_fds(self.line, [json.dumps(words).encode()], given)

    def end(self) -> None:
        self.line.close()
        self.system.kill()
        self.system.wait()

    def forget(self) -> None:
        """It is another process's: hold no end of its line, or it would outlive that one."""
        self.line.close()
        self.system.returncode = 0


def _said_about(file: int, command: tuple[str, ...], words: tuple[str, ...]) -> bytes:
    """Everything that the fork says until it ends. Raises ``Stopped`` when it says nothing or does not end."""
    until = time.monotonic() + limits.WAIT
    (answers, answering), (life, living) = socket.socketpair(), socket.socketpair()
    with answers, life:  # closing the line of its life ends it
        with answering, living:
            _ask(command, words, [file, answering.fileno(), living.fileno()])
        try:
            if said := _everything(answers, until):
                return said
            status = _everything(life, until)
        except TimeoutError:
            raise Stopped(Fate.TOO_SLOW, 0) from None
    raise process.stopped_by(STATUS.unpack(status)[0] if status else 0)


def _everything(source: socket.socket, until: float) -> bytes:
    parts: list[bytes] = []
    while True:
        source.settimeout(max(until - time.monotonic(), 0.001))
        if not (part := source.recv(1 << 18)):
            return b"".join(parts)
        parts.append(part)


def _ask(command: tuple[str, ...], words: tuple[str, ...], given: list[int]) -> None:
    waiting = _waiting_for(command)
    try:
        waiting.ask(words, given)
    except OSError:  # killed since the last question
        _waiting_for(command, instead_of=waiting).ask(words, given)


def _waiting_for(command: tuple[str, ...], *, instead_of: _Waiting | None = None) -> _Waiting:
    with _one_starts:  # threads of a web process
        if instead_of and _kept.get(command) is instead_of:
            _kept.pop(command).end()
        if command not in _kept:
            _kept[command] = _Waiting(command)
        return _kept[command]


def _forget_all() -> None:
    """In a fork of this process (Celery's and gunicorn's children): it starts its own when it asks."""
    global _one_starts
    _one_starts = threading.Lock()
    for waiting in _kept.values():
        waiting.forget()
    _kept.clear()


os.register_at_fork(after_in_child=_forget_all)
atexit.register(end_all)
