"""The folder where HR leaves its daily file: each file is taken once, known by its SHA-256."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from core import clock
from core.spreadsheets.refusals import CannotRead
from members.feed_codes import FeedRefusal, FeedState
from members.models import FeedRun
from members.services.feed import refuse_feed, take_feed
from members.services.feed_rows import CannotTake

TAKEN = "已处理"
_KINDS = (".xlsx", ".csv")
_DAY = re.compile(r"(20[0-9]{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?([0-2][0-9]|3[01])")
# Not the file's fault: it is tried again another time.
_LATER = (FeedRefusal.AHEAD,)
SETTLED = timedelta(minutes=1)
log = logging.getLogger(__name__)


@dataclass
class Folder:
    """What became of the files: runs that are new, names of files seen before, (name, why) of those refused.

    ``waiting``: still being written, or gone while we looked; they are looked at another time.
    """

    runs: list[FeedRun] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def take_folder(*, folder: Path, on: date | None, at: datetime) -> Folder:
    """Take every workbook and csv of ``folder`` in the order of their days, then put it into ``已处理``.

    A file's day is in its name (20260315), else ``on``, else today. One that cannot be used is remembered as refused.
    A folder that may only be read is read: the files stay there, and are known. A file that changed within the last
    ``SETTLED`` is perhaps half written: it is left alone, and so is one that cannot be opened just now.
    """
    found = Folder()
    today = clock.local_date(at)
    files = [path for path in folder.iterdir() if path.suffix.lower() in _KINDS and _is_plain(path)]
    for path in sorted(files, key=lambda path: (day_of(path.name) or on or today, path.name)):
        try:
            if is_settled(path, at):
                _take(path, on=day_of(path.name) or on or today, at=at, found=found)
                continue
        except OSError as gone:
            log.warning("HR feed: %s", type(gone).__name__)
        found.waiting.append(path.name)
    return found


def is_settled(path: Path, at: datetime) -> bool:
    """Whether nobody has written the file for a while. Raises ``OSError``."""
    return at.timestamp() - path.stat().st_mtime >= SETTLED.total_seconds()


def day_of(name: str) -> date | None:
    """The day that a file name tells."""
    if told := _DAY.search(name):
        with suppress(ValueError):
            return date(*(int(part) for part in told.groups()))
    return None


def _is_plain(path: Path) -> bool:
    """A file of its own; no link, and not what an office program keeps beside an open one (``~$``)."""
    return path.is_file() and not path.is_symlink() and not path.name.startswith((".", "~$"))


def _take(path: Path, *, on: date, at: datetime, found: Folder) -> None:
    try:
        run, is_new = take_feed(source=path, filename=path.name, on=on, actor=None, at=at)
    except (CannotTake, CannotRead) as refused:
        found.refused.append((path.name, refused.message))
        if refused.code in _LATER:
            return
        refuse_feed(source=path, filename=path.name, on=on, why=refused.message, at=at)
    else:
        if is_new:
            found.runs.append(run)
        elif run.state == FeedState.REFUSED:
            found.refused.append((path.name, run.warnings[0]["why"]))
        else:
            found.known.append(path.name)
    _put_away(path)


def _put_away(path: Path) -> None:
    """Out of the way where the folder allows it; its bytes are known anyway."""
    with suppress(OSError):
        away = path.parent / TAKEN
        away.mkdir(exist_ok=True)
        target = away / path.name
        if not target.exists():
            path.rename(target)
