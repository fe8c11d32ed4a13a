"""Reference data of the apps that ``load_reference`` keeps up: each app registers its list in its ``reference.py``.

    reference.add(_("会计科目"), load_accounts)

A loader adds what its app ships and what is not there yet, and gives nothing back that a person changed or ended.
"""

from collections.abc import Callable
from typing import Any

_loaders: dict[Any, Callable[[], int]] = {}


def add(title: Any, load: Callable[[], int]) -> None:
    """Register a list; ``load()`` returns how many rows it added."""
    if title in _loaders:
        raise ValueError(f"two lists are called {title}")
    _loaders[title] = load


def load_all() -> dict[str, int]:
    """Rows added, by title."""
    return {str(title): load() for title, load in _loaders.items()}
