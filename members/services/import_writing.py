"""Committing an import as it was previewed, with what undoing it will need."""

from datetime import datetime

from core.models import User
from members.enums import ImportRefusal
from members.models import ImportRun
from members.services import import_judging, import_keeping, roster_writing
from members.services.import_judging import CannotProceed
from members.services.roster import hold_register, record, report_of
from members.services.roster_rows import Judged


def commit(run: ImportRun, judged: Judged, *, actor: User, at: datetime) -> None:
    """Write exactly what the preview of ``run`` says, in the caller's transaction.

    ``judged``: the file, judged again a moment ago. Held against the register, now locked, every row must come out as
    it was previewed. Raises ``CannotImport`` where somebody else writes, ``CannotProceed`` (stale) with the rows.
    """
    hold_register()
    made = import_judging.preview(judged, as_of=run.as_of)
    if places := import_judging.differing(run, made):
        raise CannotProceed(ImportRefusal.STALE, places)
    with roster_writing.adding() as adding:
        adding.begin(made.found, made.found.new)
    outcome = import_keeping.store(run, made.found, adding.created, actor=actor, at=at)
    run.commit()
    run.committed_by, run.committed_at = actor, at
    run.counts |= {"created": outcome.created, "updated": outcome.changed, "left": outcome.unchanged}
    run.save(update_fields=["state", "committed_by", "committed_at", "counts"])
    report = report_of(judged, outcome)
    record(report, outcome=outcome, sha256=run.sha256, actor=actor, at=at, run=run)
