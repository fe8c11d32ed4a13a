"""The working side of one question: read the file, answer, end."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from core.apart.limits import limit_this_process

Job = Callable[..., tuple[dict[str, Any], bytes]]


class Declines(Exception):
    """A refusal that the asking side gets as ``Declined``: a code, and facts for its words."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def serve(job: Job) -> None:
    """Run ``job(file, *words)``, which gives facts and content, or raises ``Declines``, and answer."""
    limit_this_process()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever a library prints is no answer
    head: dict[str, Any]
    with os.fdopen(int(sys.argv[1]), "rb") as file:
        try:
            facts, content = job(file, *sys.argv[2:])
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
