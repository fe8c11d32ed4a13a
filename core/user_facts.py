"""What an app wants to know of whoever is signed in, at every request: read with the account, in one statement.

user_facts.add("notice_due", Subquery(...))     # OuterRef("pk") is the account; then: request.user.notice_due
"""

from typing import Any

_facts: dict[str, Any] = {}


def add(name: str, expression: Any) -> None:
    """Register an expression over ``User``; one per name."""
    if name in _facts:
        raise ValueError(f"{name} is a fact already")
    _facts[name] = expression


def facts() -> dict[str, Any]:
    """All there are, by name, for ``annotate``."""
    return dict(_facts)
