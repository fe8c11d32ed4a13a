"""What happened to a request, told to people."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """One thing that happened; ``who`` and ``said`` may be empty."""

    what: str
    at: datetime | None
    who: str = ""
    said: str = ""
