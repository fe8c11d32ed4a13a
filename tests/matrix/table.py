"""How a row of the matrix is written. Each app's rows are in a module of its name beside this one.

What else is known of its addresses stands there too, by route: ``FILLED`` (cast -> what somebody would type so that
the form is taken) or ``NOT_FILLED`` (why it is not tried), ``NOT_AUDITED`` (why writing leaves no entry),
``WITHOUT_TARGET`` (one act on many rows), ``FILES`` (answers with a file).

PUT, PATCH, DELETE, OPTIONS and TRACE answer 405 everywhere (core/middleware.py), so a row says GET (HEAD is the same)
and POST only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.enums import ADMIN_ROLES
from tests.cast import ACTORS, ANONYMOUS, DISABLED, Cast

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STRANGERS = frozenset({ANONYMOUS, DISABLED})
SIGNED_IN = frozenset(ACTORS) - STRANGERS
ADMIN = frozenset(ADMIN_ROLES)

Statuses = Mapping[str, int]  # actor -> expected status


def everybody(status: int) -> Statuses:
    return dict.fromkeys(ACTORS, status)


def signed_in(status: int, *, stranger: int = 302) -> Statuses:
    """``status`` for whoever is signed in; strangers are sent to the sign-in page."""
    return dict.fromkeys(SIGNED_IN, status) | dict.fromkeys(STRANGERS, stranger)


def only(actors, status: int, *, others: int = 404, stranger: int = 302) -> Statuses:
    """``status`` for ``actors``, ``others`` for the rest of the signed-in."""
    return signed_in(others, stranger=stranger) | dict.fromkeys(actors, status)


def _nothing(cast: Cast) -> dict:
    return {}


@dataclass(frozen=True)
class Row:
    """One address: ``route`` as the resolver spells it, ``kwargs`` to make it from the cast, ``data`` to post."""

    route: str
    get: Statuses
    post: Statuses
    kwargs: Callable[[Cast], dict] = _nothing
    data: Callable[[Cast], dict] = _nothing
    label: str = ""

    def expected(self, method: str, actor: str) -> int:
        if method in ("GET", "HEAD"):
            return self.get[actor]
        return self.post[actor] if method == "POST" else 405
