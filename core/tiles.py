"""The portal's first page is laid out by the apps: each registers its entries in its ``tiles.py``.

    tiles.add(Tile("我的档案", "members:my_file", Section.MINE, order=10, icon="person"))

An entry whose ``shown`` is False for a user is not there for him; ``waiting`` counts what waits for him behind it.
Either may be rows that are still to be counted: a page counts those of all its entries in one statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from core.models import User


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
    shown: Callable[[Any], bool | QuerySet] = _everybody
    waiting: Callable[[Any], int | QuerySet] = _nothing


_tiles: dict[str, Tile] = {}


def add(tile: Tile) -> None:
    """Register an entry; one per address."""
    if tile.view in _tiles:
        raise ValueError(f"{tile.view} has a tile already")
    _tiles[tile.view] = tile


def tiles_for(user: Any) -> dict[Section, list[tuple[Tile, int]]]:
    """The user's entries with what waits behind each, by section and order; empty sections left out."""
    asked: dict[tuple[str, str], Any] = {("shown", tile.view): tile.shown(user) for tile in _tiles.values()}
    entries = [tile for tile in _tiles.values() if asked["shown", tile.view] is not False]
    asked |= {("waiting", tile.view): tile.waiting(user) for tile in entries}
    told = _counted(user, asked)
    found: dict[Section, list[tuple[Tile, int]]] = {}
    for section in Section:
        mine = [tile for tile in entries if tile.section == section and told["shown", tile.view]]
        if mine:
            mine.sort(key=lambda tile: tile.order)
            found[section] = [(tile, told["waiting", tile.view]) for tile in mine]
    return found


class _Count(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _counted(user: Any, asked: dict[tuple[str, str], Any]) -> dict[tuple[str, str], int]:
    """The same with rows counted, all of them in one statement."""
    rows = {name: what for name, what in asked.items() if isinstance(what, QuerySet)}
    if not rows:
        return asked
    columns = [_Count(some.order_by().values("pk")) for some in rows.values()]
    (counts,) = User.objects.filter(pk=user.pk).values_list(*columns)
    return asked | {name: count or 0 for name, count in zip(rows, counts, strict=True)}  # NULL: never any row
