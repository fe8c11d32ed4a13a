"""An import as a clerk goes through it, by services: upload, columns, preview."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.models import User
from members.enums import ImportWork
from members.models import ImportRow, ImportRun
from members.services import import_runs, import_working
from tests.matrix.test_safety import fingerprint
from tests.members.rosters import HEADER, write_roster

# What an import may leave behind: its own records, the audit, work done, files, what the browser's session is.
LEFT = {
    *("members_importrun", "members_importrow", "members_importedperson", "members_savedmapping"),
    *("core_auditentry", "core_auditchain", "core_outboxmessage", "core_intentkey", "core_attachment"),
    *("django_session", "usersessions_usersession", "core_cache", "axes_accesslog", "axes_accessattempt"),
    *("core_knowndevice", "core_user"),
}


def register() -> dict[str, str]:
    """A digest of every table that an undone import must leave as it was."""
    return {table: digest for table, digest in fingerprint().items() if table not in LEFT}


def uploaded(path: Path, actor: User, *, as_of: date | None = None) -> ImportRun:
    """The file at ``path`` in a run of its own."""
    at = clock.now()
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    received = import_runs.receive(upload=upload, actor=actor, at=at)
    return import_runs.start(received=received, as_of=as_of or clock.local_date(at), actor=actor, at=at)


def judged(path: Path, actor: User, **how: Any) -> ImportRun:
    """Uploaded, its columns taken as they are known, previewed."""
    run = uploaded(path, actor, **how)
    import_runs.map_columns(run=run, mapping=import_runs.suggested(run), actor=actor, at=clock.now())
    import_working.work_now(run)
    return ImportRun.objects.get(pk=run.pk)


def previewed(
    folder: Path, actor: User, *people: dict, header=HEADER, name: str = "花名册.xlsx", **how: Any
) -> ImportRun:
    return judged(write_roster(folder / name, *people, header=header), actor, **how)


def do(run: ImportRun, work: ImportWork, actor: User, **options: Any) -> ImportRun:
    """Ask for ``work`` and work it off; the run as it is then."""
    import_runs.ask(run=run, work=work, actor=actor, at=clock.now(), options=options)
    import_working.work_now(run)
    return ImportRun.objects.get(pk=run.pk)


def commit(run: ImportRun, actor: User) -> ImportRun:
    return do(run, ImportWork.COMMIT, actor)


def undo(run: ImportRun, actor: User, **options: Any) -> ImportRun:
    return do(run, ImportWork.UNDO, actor, **options)


def verdicts(run: ImportRun) -> list[tuple[str, str, list[str]]]:
    return list(ImportRow.objects.filter(run=run).values_list("staff_no", "verdict", "codes"))


def cells_of(run: ImportRun, staff_no: str) -> dict[str, tuple[str, str, str]]:
    """Field -> (old, new, kind) of one row of the preview."""
    row = ImportRow.objects.get(run=run, staff_no=staff_no)
    return {name: (old, new, kind) for name, old, new, kind in row.cells}
