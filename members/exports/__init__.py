"""Lists of the register that leave the house (core/exports.py finds them here)."""

from members.exports import lists, roll

__all__ = ["lists", "roll"]
