"""A message to one person from a room below ``notices``: the work is an outbox row with ids, the words are made late.

telling.tell("members.join_returned", user=applicant.pk, application=application.pk)

@telling.words("members.join_returned")     # in the app's tasks.py, which every worker reads
def _(*, application: int) -> tuple[str, str]: ...     # subject and body, without class C2 or C3
"""

from collections.abc import Callable
from uuid import uuid4

from core import outbox
from core.models import OutboxMessage

WORK = "notices.tell"
Words = Callable[..., tuple[str, str]]
_words: dict[str, Words] = {}


def words(what: str) -> Callable[[Words], Words]:
    """Register who says ``what``; he takes the ids given to ``tell``."""

    def register(function: Words) -> Words:
        if _words.setdefault(what, function) is not function:
            raise ValueError(f"{what} has its words already")
        return function

    return register


def tell(what: str, /, *, user: int, **ids: int | str) -> OutboxMessage:
    """Inside the business transaction: this account finds the message in its inbox, once."""
    return outbox.add(WORK, what=what, user=user, key=uuid4().hex, **ids)


def words_of(what: str, **ids: int | str) -> tuple[str, str]:
    """Subject and body."""
    return _words[what](**ids)
