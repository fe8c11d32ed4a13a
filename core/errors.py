"""The one exception that says "allowed, but against a rule"."""

from contextvars import ContextVar
from enum import StrEnum

# The code of the last refusal of the request being answered; the request layer reads it (core/refusals.py).
last_refusal: ContextVar[str] = ContextVar("last_refusal", default="")


class DomainError(Exception):
    """A refusal. ``code`` is for tests and logs, ``message`` is translated and fit to show."""

    def __init__(self, code: StrEnum, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else str(code))
        self.code = code
        self.message = message or str(getattr(code, "label", code))
        if not isinstance(self, ValueError):  # text that cannot be read is input, not an act
            last_refusal.set(str(code))
