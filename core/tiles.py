"""The portal's first page is laid out by the apps: each registers its entries in its ``tiles.py``.

    tiles.add(Tile("我的档案", "members:my_file", Section.MINE, order=10, icon="person"))

An entry whose ``shown`` is False for a user is not there for him; ``waiting`` counts what waits for him behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Section(TextChoices):
    """Whose work it is; the order of the page."""

    MINE = "mine", _("我的事")
    BRANCH = "branch", _("分会工作")
    UNION = "union", _("工会服务")


def _everybody(user: Any) -> bool:
    return True


def _nothing(user: Any) -> int:
    return 0


@dataclass(frozen=True)
class Tile:
    """One entry: where it leads, what it says below its name, for whom, and how much waits there."""

    label: Any  # lazy text
    view: str
    section: Section
    order: int
    icon: str = "next"
    hint: Any = ""
    shown: Callable[[Any], bool] = _everybody
    waiting: Callable[[Any], int] = _nothing


_tiles: dict[str, Tile] = {}


def add(tile: Tile) -> None:
    """Register an entry; one per address."""
    if tile.view in _tiles:
        raise ValueError(f"{tile.view} has a tile already")
    _tiles[tile.view] = tile


def tiles_for(user: Any) -> dict[Section, list[tuple[Tile, int]]]:
    """The user's entries with what waits behind each, by section and order; empty sections left out."""
    found: dict[Section, list[tuple[Tile, int]]] = {}
    for section in Section:
        mine = sorted((t for t in _tiles.values() if t.section == section), key=lambda t: t.order)
        if entries := [(tile, tile.waiting(user)) for tile in mine if tile.shown(user)]:
            found[section] = entries
    return found
