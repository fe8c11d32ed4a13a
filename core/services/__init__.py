"""What this room writes on behalf of a person."""

from core.services.reveal import CannotReveal, reveal

__all__ = ["CannotReveal", "reveal"]
