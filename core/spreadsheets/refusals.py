"""Why a file is refused, in the words that the person who sent it reads."""

from enum import StrEnum

from core.errors import DomainError


class Unreadable(StrEnum):
    """What is wrong with the file."""

    WRONG_TYPE = "wrong_type"
    DAMAGED = "damaged"


class CannotRead(DomainError):
    """The file cannot be read, or must not be; nothing of it was used."""
