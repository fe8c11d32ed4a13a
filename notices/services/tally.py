"""What became of a run."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Tally:
    """Counts of a run; ``waiting``: not tried because the mail server or a robot's service is unreachable."""

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def all(self) -> int:
        """How many were taken up."""
        return self.sent + self.failed + self.skipped + self.waiting

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))
