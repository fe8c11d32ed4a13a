"""Working off what was asked of an import; what came of it is on record, whatever was rolled back.

Each piece is one transaction that finds the run locked and still asked for, so a message that comes twice, or a
worker and a page at once, do it once. Why nothing came of it is written in a transaction of its own.
"""

import logging

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.errors import DomainError
from core.models import User
from members.enums import ImportRefusal, ImportWork
from members.models import ImportRun
from members.services import import_judging, import_undoing, import_writing
from members.services.import_judging import CannotProceed
from members.services.roster import uncollected

log = logging.getLogger(__name__)

MOST_NAMED = 200  # rows named in a refusal


def work_off(run_id: int) -> None:
    """Do what is asked of the run, if anything is. Anything but a refusal is raised again after it is on record."""
    run = ImportRun.objects.select_related("work_by").filter(pk=run_id).first()
    if run is None or not run.work:
        return
    try:
        with uncollected():
            _STEPS[ImportWork(run.work)](run)
    except PermissionDenied:
        _note(run, ImportRefusal.NOT_NOW)
    except CannotProceed as refused:
        _note(run, refused.code, rows=refused.rows)
        if refused.code == ImportRefusal.STALE:
            _judge_again(run)
    except DomainError as refused:
        _note(run, refused.code, refused.message)
    except Exception:
        _note(run, ImportRefusal.FAILED)
        raise


def work_now(run: ImportRun) -> None:
    """Work off here what was asked for and committed; the worker, which is told of it too, finds it done.

    What went wrong is on the run's page, so nothing is raised.
    """
    try:
        work_off(run.pk)
    except Exception as error:  # of any kind: it is on record
        log.error("import %s failed: %s", run.pk, type(error).__name__)


def _judge(run: ImportRun) -> None:
    judged = import_judging.read(run)
    with transaction.atomic():
        if run := _mine(run):  # type: ignore[assignment]
            made = import_judging.preview(judged, as_of=run.as_of)
            import_judging.keep(run, made, at=clock.now())
            _done(run)


def _commit(run: ImportRun) -> None:
    judged = import_judging.read(run)
    with transaction.atomic():
        if run := _mine(run):  # type: ignore[assignment]
            import_writing.commit(run, judged, actor=_actor(run), at=clock.now())
            _done(run)


def _undo(run: ImportRun) -> None:
    with transaction.atomic():
        if run := _mine(run):  # type: ignore[assignment]
            without_changed = bool(run.work_options.get("without_changed"))
            import_undoing.undo(run, without_changed=without_changed, actor=_actor(run), at=clock.now())
            _done(run)


def _judge_again(run: ImportRun) -> None:
    """After the register changed: what the rows would do now, with the reason still on record."""
    judged = import_judging.read(run)
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        made = import_judging.preview(judged, as_of=run.as_of)
        import_judging.keep(run, made, at=clock.now())


def _mine(run: ImportRun) -> ImportRun | None:
    """The run, locked, while the same work is still asked for by the same person."""
    asked = {"work": run.work, "work_by": run.work_by, "work_at": run.work_at}
    return ImportRun.objects.select_for_update().filter(pk=run.pk, **asked).first()


def _actor(run: ImportRun) -> User:
    """Who asked, if he still may."""
    actor = User.objects.get(pk=run.work_by_id or 0)
    if not actor.has_perm("members.import_member"):
        raise PermissionDenied
    return actor


def _done(run: ImportRun) -> None:
    ImportRun.objects.filter(pk=run.pk).update(work="", work_options={})


@transaction.atomic
def _note(run: ImportRun, code: object, words: str = "", rows: list[str] | None = None) -> None:
    """Why nothing was done; after everything else was rolled back."""
    asked = _mine(run)
    if asked is None:
        return
    at = clock.now()
    said = words or str(getattr(code, "label", code))
    named = [row for row in rows or [] if row]
    asked.work, asked.work_options = "", {}
    asked.trouble, asked.trouble_code, asked.trouble_at = said[:500], str(code)[:40], at
    asked.trouble_rows = named[:MOST_NAMED]
    asked.save(update_fields=["work", "work_options", "trouble", "trouble_code", "trouble_at", "trouble_rows"])
    data = {"work": run.work, "code": str(code), "rows": len(rows or [])}
    audit.record(actor=run.work_by, action="members.importrun.failed", target=asked, data=data, at=at)


_STEPS = {ImportWork.JUDGE: _judge, ImportWork.COMMIT: _commit, ImportWork.UNDO: _undo}
