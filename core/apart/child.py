"""The working side: imported once, forked for every question; the fork reads the file, answers, ends."""

import gc
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from core.apart.forking import FILE, Forks
from core.apart.limits import limit_this_process

Job = Callable[..., tuple[dict[str, Any], bytes]]


class Declines(Exception):
    """A refusal that the asking side gets as ``Declined``: a code, and facts for its words."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def serve(job: Job, *, first: Callable[[], object] = lambda: None) -> NoReturn:
    """Answer questions by ``job(file, *words)``, which gives facts and content, or raises ``Declines``.

    ``first`` imports what every job needs. It starts no thread and opens nothing: a fork would not have the one and
    would share the other.
    """
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    first()
    gc.freeze()  # forks share these pages
    Forks(socket.socket(fileno=int(sys.argv[1])), lambda words: _answer(job, words)).serve()


def _answer(job: Job, words: list[str]) -> NoReturn:
    limit_this_process()
    head: dict[str, Any]
    with os.fdopen(FILE, "rb") as file, os.fdopen(1, "wb") as answers:
        try:
            facts, content = job(file, *words)
        except Declines as declined:
            head, content = {"declined": declined.code, "facts": declined.facts}, b""
        except MemoryError:
            os.abort()  # the asking side knows this end as "too much memory"
        else:
            head = {"facts": facts, "size": len(content)}
        answers.write(json.dumps(head).encode() + b"\n")
        answers.write(content)
        answers.flush()
        os._exit(0)  # no waiting until the memory is tidied up
