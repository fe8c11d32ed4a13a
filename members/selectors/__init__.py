"""Reads of the register that cross models or compute; what everybody asks is here, the rest in its module."""

from members.selectors.roll import (
    Worded,
    branch_wording,
    branch_wordings,
    branches_below,
    head_counts,
    joined_in,
    member_ids_of,
    records_of,
    retired_in,
    roll_on,
    wordings_of,
)

__all__ = [
    "Worded",
    "branch_wording",
    "branch_wordings",
    "branches_below",
    "head_counts",
    "joined_in",
    "member_ids_of",
    "records_of",
    "retired_in",
    "roll_on",
    "wordings_of",
]
