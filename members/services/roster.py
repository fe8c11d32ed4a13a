"""The import of a roster (会员花名册) as a clerk really keeps it: everything is judged first, then written.

Three steps, each the only one of its kind: ``roster_reading`` judges the rows, ``roster_comparing`` holds them
against the register, ``roster_writing`` and ``import_keeping`` write. The command takes them at one go, new people
while the next rows are judged; in the admin a preview stands between them (``import_judging``, ``import_writing``).
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, locks
from core.models import User
from members.models import ImportRun
from members.services import import_keeping, register_lock, roster_comparing, roster_writing
from members.services.roster_reading import CannotImport, Refusal, judge_by_pieces
from members.services.roster_rows import Finding, Judged

__all__ = ["CannotImport", "ImportReport", "Refusal", "import_roster"]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. accepted = created + changed + unchanged; warned rows are among them."""

    created: int
    changed: int
    unchanged: int
    rejected: list[Finding]
    warned: list[Finding]
    skipped_sheets: list[str]

    @property
    def accepted(self) -> int:
        return self.created + self.changed + self.unchanged

    def as_json(self) -> dict:
        """The contract of DESIGN.md, ready for ``json.dumps``."""
        return {
            "accepted": self.accepted,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": [_as_json(finding) for finding in self.rejected],
            "warned": [_as_json(finding) for finding in self.warned],
        }


def _as_json(finding: Finding) -> dict:
    return {**finding.place._asdict(), "code": finding.code.value}


def import_roster(
    *, path: Path, actor: User | None, at: datetime, as_of: date | None = None, dry_run: bool = False
) -> ImportReport:
    """Take the people of a roster into the register; rows that cannot be taken are reported by number.

    ``as_of`` (default: the day of ``at``): from that day a changed branch counts. ``actor`` None is the system.
    Raises ``PermissionDenied``, ``CannotImport`` or ``core.spreadsheets.CannotRead``; then nothing is stored.
    """
    if actor is not None and not actor.has_perm("members.import_member"):
        raise PermissionDenied
    with uncollected():
        return _import(path, actor=actor, at=at, as_of=as_of, dry_run=dry_run)


@contextmanager
def uncollected() -> Iterator[None]:
    """A hundred thousand people stay until the end; the collector would look through them all again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _import(path: Path, *, actor: User | None, at: datetime, as_of: date | None, dry_run: bool) -> ImportReport:
    with closing(judge_by_pieces(path, filename=path.name)) as pieces:
        judged = next(pieces)  # the file is sound: nobody waits for its checks
        with transaction.atomic():
            hold_register()
            comparing = roster_comparing.Comparing(judged, as_of=as_of or clock.local_date(at))
            created = _taken_in(pieces, comparing, dry_run=dry_run)
            found = comparing.done()
            report = report_of(judged, found.outcome)
            if not dry_run:
                _store(path, found, created, report, actor=actor, at=at)
    return report


def _taken_in(pieces: Iterator[Judged], comparing: roster_comparing.Comparing, *, dry_run: bool) -> list[int]:
    """Compare and write the new people while the next rows are judged; the members made."""
    with roster_writing.adding() as adding:
        for _piece in pieces:
            if adding.go_on():
                new = comparing.take()
                if not dry_run:
                    adding.begin(comparing.found, new)
        adding.finish()
        new = comparing.take()
        if not dry_run:
            adding.begin(comparing.found, new)
    return adding.created


def _store(
    path: Path,
    found: roster_comparing.Comparison,
    created: list[int],
    report: ImportReport,
    *,
    actor: User | None,
    at: datetime,
) -> None:
    """Write it, with a run by which it can be taken back; a roster that changes nothing leaves its entry only."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    run, outcome = None, found.outcome
    if report.created or report.changed:
        run = _run_of(path, digest, report, as_of=found.as_of, actor=actor, at=at)
        outcome = import_keeping.store(run, found, created, actor=actor, at=at)
    record(report, outcome=outcome, sha256=digest, actor=actor, at=at, run=run)


def _run_of(
    path: Path, digest: str, report: ImportReport, *, as_of: date, actor: User | None, at: datetime
) -> ImportRun:
    """What is on record of an import at one go; its file and rows are not kept."""
    run = ImportRun(filename=path.name[:100], sha256=digest, size=path.stat().st_size, as_of=as_of)
    run.uploaded_by = run.committed_by = actor
    run.uploaded_at = run.committed_at = at
    run.judge()
    run.commit()
    run.counts = {
        **{"new": report.created, "changed": report.changed, "same": report.unchanged},
        **{"created": report.created, "updated": report.changed, "left": report.unchanged},
        "rows": report.accepted + len(report.rejected),
        "error": len(report.rejected),
        "warning": len({finding.place for finding in report.warned}),
        "codes": Counter(finding.code.value for finding in report.rejected + report.warned),
        "hidden": report.skipped_sheets,
    }
    run.save(force_insert=True)
    return run


def hold_register() -> None:
    """Until the commit others read and nobody else writes. Raises ``CannotImport`` ("busy") after ``locks.WAIT``."""
    try:
        register_lock.lock_register()
    except locks.Busy as busy:
        raise CannotImport(Refusal.BUSY, _("另一项导入正在进行，请稍后重试。")) from busy


def report_of(judged: Judged, outcome: roster_comparing.Outcome) -> ImportReport:
    """What was, or would be, done with which row, in the file's order."""
    out = {finding.place for finding in outcome.rejected}
    in_order = in_file_order(judged)
    return ImportReport(
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=sorted(judged.rejected + outcome.rejected, key=in_order),
        warned=sorted([f for f in judged.warned + outcome.warned if f.place not in out], key=in_order),
        skipped_sheets=judged.skipped,
    )


def in_file_order(judged: Judged) -> Callable[[Finding], tuple[int, int]]:
    return lambda finding: (judged.sheets[finding.place.sheet], finding.place.row)


def record(
    report: ImportReport,
    *,
    outcome: roster_comparing.Outcome,
    sha256: str,
    actor: User | None,
    at: datetime,
    run: ImportRun | None,
) -> None:
    """One entry for the import as a whole: counts, the file's digest and the members' ids, nothing about a person."""
    audit.record(
        actor=actor,
        action="members.roster.imported",
        target=run,
        basis="REGULATIONS 2",
        data={
            "sha256": sha256,
            "as_of": outcome.as_of.isoformat(),
            "created": report.created,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "rejected": Counter(finding.code.value for finding in report.rejected),
            "warned": Counter(finding.code.value for finding in report.warned),
            "member_ids": outcome.member_ids,
        },
        at=at,
    )
