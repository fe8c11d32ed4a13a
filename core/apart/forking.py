"""One fork a question: the loop of a process that has imported everything and read nothing of a stranger's.

The asking side sends one packet a question: words, which our own code chose, and three descriptors - the file, which
only the fork reads, where the answer goes, and the line of its life. When the fork ends, its status is written to
that line; when the other end of the line, the asking side or this process is gone, the fork is killed.
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import struct
from collections.abc import Callable
from typing import NoReturn

WORDS = 1 << 16  # bytes of one question
STATUS = struct.Struct("i")  # as subprocess has it: negative is the signal that ended it
FILE = 3  # where the fork finds the file, beside the standard three; nothing else is open in it
_system = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Forks:
    """``work(words)`` answers on descriptor 1 what is asked about ``FILE``, in a fork, and does not return."""

    def __init__(self, asking_side: socket.socket, work: Callable[[list[str]], object]) -> None:
        self.asking_side, self.work = asking_side, work
        self.lives: dict[int, socket.socket] = {}  # by process, until it is reaped
        self.events = selectors.DefaultSelector()
        self.ended, self.waker = socket.socketpair()
        for end in (self.ended, self.waker):
            end.setblocking(False)

    def serve(self) -> NoReturn:
        """Until the asking side is gone."""
        signal.set_wakeup_fd(self.waker.fileno())
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the asking side, whose end is ours
        self.events.register(self.asking_side, selectors.EVENT_READ, self._take)
        self.events.register(self.ended, selectors.EVENT_READ, self._reap)
        while True:
            for key, _events in self.events.select():
                key.data()

    def _take(self) -> None:
        words, given, _flags, _address = socket.recv_fds(self.asking_side, WORDS, 3)
        if not words:
            self._end()
        file, answers, life = given
        mine = os.getpid()
        try:
            process = os.fork()
        except OSError:  # no process to be had: closed without a status
            os.close(life)
        else:
            if not process:
                self._become(file, answers, json.loads(words), mine)
            self._watch(process, socket.socket(fileno=life))
        os.close(file)
        os.close(answers)

    def _become(self, file: int, answers: int, words: list[str], parent: int) -> NoReturn:
        """In the fork: keep the file and the answer, nothing of other questions, and never come back."""
        try:
            _system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(answers, 1)
            os.dup2(file, FILE)
            os.closerange(FILE + 1, max(map(int, os.listdir("/proc/self/fd"))) + 1)
            if os.getppid() == parent:  # else it died before the first line
                self.work(words)
        finally:
            os._exit(1)

    def _watch(self, process: int, life: socket.socket) -> None:
        def nobody_waits() -> None:
            if process in self.lives:  # not reaped a moment ago; so nobody else has its number
                self.events.unregister(life)
                os.kill(process, signal.SIGKILL)

        self.lives[process] = life
        self.events.register(life, selectors.EVENT_READ, nobody_waits)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.ended.recv(WORDS)
        with contextlib.suppress(ChildProcessError):  # none is left
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                with self.lives.pop(found[0]) as life:
                    if life in self.events.get_map():
                        self.events.unregister(life)
                    with contextlib.suppress(ConnectionError):
                        life.send(STATUS.pack(os.waitstatus_to_exitcode(found[1])))

    def _end(self) -> NoReturn:
        for process in self.lives:
            os.kill(process, signal.SIGKILL)
        os._exit(0)
