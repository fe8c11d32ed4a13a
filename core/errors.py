"""The one exception that says "allowed, but against a rule"."""

from enum import StrEnum


class DomainError(Exception):
    """A refusal. ``code`` is for tests and logs, ``message`` is translated and fit to show."""

    def __init__(self, code: StrEnum, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else str(code))
        self.code = code
        self.message = message or str(getattr(code, "label", code))
