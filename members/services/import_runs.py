"""The steps of an import in the admin that people take: upload, columns, branches, what is asked of the worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import attachments, audit, outbox
from core.models import Attachment, User
from members.enums import BranchKind, ImportRefusal, ImportState, ImportWork
from members.models import Branch, ImportRow, ImportRun, SavedMapping
from members.services import branches, import_branches
from members.services.import_cells import COLUMNS
from members.services.import_judging import CannotProceed
from members.services.roster_columns import REQUIRED
from members.services.roster_heads import Head, fingerprint, heads_of

WORK = "members.work_off_import"
INLINE = 200_000  # bytes: about 1,500 rows; a bigger file is the worker's
GIVEN_UP = timedelta(hours=1)  # work that nobody finished may be asked for again
KEPT = timedelta(days=30)  # after the commit: the file, the preview and what undoing needs
NEW_BRANCH = "new"


@dataclass(frozen=True)
class Received:
    """A file that was looked into and kept for ``start``."""

    file: Attachment
    heads: list[Head]


def receive(*, upload: File, actor: User, at: datetime) -> Received:
    """Keep the file, sealed, and read its headers; outside a transaction. Raises ``CannotTake``, ``CannotRead``,
    ``CannotImport``; then nothing is kept."""
    _refuse_stranger(actor)
    file = attachments.take(upload=upload, actor=actor, at=at, sensitive=True)
    try:
        heads = heads_of(BytesIO(attachments.content_of(file)), filename=file.name)
    except BaseException:
        attachments.discard(attachments=[file])
        raise
    return Received(file, heads)


@transaction.atomic
def start(*, received: Received, as_of: date, actor: User, at: datetime) -> ImportRun:
    """Begin a run with a received file; ``as_of``: from that day a changed branch counts."""
    _refuse_stranger(actor)
    file = received.file
    run = ImportRun.objects.create(
        filename=file.name,
        sha256=file.sha256,
        size=file.size,
        heads=[head.as_json() for head in received.heads],
        uploaded_by=actor,
        uploaded_at=at,
        as_of=as_of,
    )
    attachments.attach(attachments=[file], owner=run, actor=actor)
    data = {"sha256": file.sha256, "size": file.size, "as_of": as_of.isoformat()}
    audit.record(actor=actor, action="members.importrun.uploaded", target=run, data=data, at=at)
    return run


def suggested(run: ImportRun) -> dict[str, str]:
    """Wording -> field to begin with: what was chosen for this run, else for this header, else what is known."""
    known = {head["word"]: head["means"] for head in run.heads}
    if run.mapping:
        return known | run.mapping
    saved = SavedMapping.objects.filter(header=fingerprint(known)).first()
    return known | saved.mapping if saved else known


@transaction.atomic
def map_columns(
    *, run: ImportRun, mapping: Mapping[str, str], save_as: str = "", actor: User, at: datetime
) -> ImportRun:
    """Say what each wording of the header means ("" leaves it out) and have the file judged by that.

    ``save_as``: keep it under this name for the next file with this header. Raises ``CannotProceed``.
    """
    run = _locked(run)
    _refuse_stranger(actor)
    words = [head["word"] for head in run.heads]
    chosen = {word: mapping[word] for word in words if mapping.get(word, "") in ("", *COLUMNS) and word in mapping}
    fields = [name for name in chosen.values() if name]
    if len(fields) != len(set(fields)):
        raise CannotProceed(ImportRefusal.FIELD_TWICE)
    if not set(REQUIRED) <= set(fields):
        raise CannotProceed(ImportRefusal.FIELD_MISSING)
    run.mapping = chosen
    run.save(update_fields=["mapping"])
    if save_as:
        given = {"name": save_as, "mapping": chosen, "saved_by": actor, "saved_at": at}
        SavedMapping.objects.update_or_create(header=fingerprint(words), defaults=given)
    run = ask(run=run, work=ImportWork.JUDGE, actor=actor, at=at)
    data = {"fields": sorted(fields), "saved": bool(save_as)}
    audit.record(actor=actor, action="members.importrun.mapped", target=run, data=data, at=at)
    return run


def unknown_branches(run: ImportRun) -> dict[str, int]:
    """Names that no branch has -> in how many rows, the most frequent first."""
    counted: dict[str, int] = {}
    for name in ImportRow.objects.filter(run=run).exclude(unknown_branch="").values_list("unknown_branch", flat=True):
        counted[name] = counted.get(name, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))


@transaction.atomic
def settle_branches(*, run: ImportRun, choices: Mapping[str, str], actor: User, at: datetime) -> ImportRun:
    """Name -> ``NEW_BRANCH`` to add it, or the id of the branch that is meant; then the file is judged again.

    Raises ``CannotProceed`` or ``CannotKeepBranch``; then nothing is changed.
    """
    run = _locked(run)
    _refuse_stranger(actor)
    if not choices or not choices.keys() <= unknown_branches(run).keys():
        raise CannotProceed(ImportRefusal.NO_SUCH_NAME)
    run = ask(run=run, work=ImportWork.JUDGE, actor=actor, at=at)
    for name, choice in choices.items():
        if choice == NEW_BRANCH:
            run.branches = [*run.branches, [_add_branch(name, actor=actor, at=at).pk, name]]
        else:
            _add_alias(Branch.objects.get(pk=choice), name, actor=actor, at=at)
    run.save(update_fields=["branches"])
    return run


@transaction.atomic
def ask(
    *, run: ImportRun, work: ImportWork, actor: User, at: datetime, options: dict[str, Any] | None = None
) -> ImportRun:
    """Have ``work`` done: written down here, worked off by ``import_working``. Raises ``CannotProceed``."""
    run = _locked(run)  # two clerks ask at once: the second is told
    _refuse_stranger(actor)
    if run.work and run.work_at and run.work_at > at - GIVEN_UP:
        raise CannotProceed(ImportRefusal.AT_WORK)
    if not can_proceed(getattr(run, work.value)):
        raise CannotProceed(ImportRefusal.NOT_NOW)
    if work == ImportWork.COMMIT and not (run.counts.get("new") or run.counts.get("changed")):
        raise CannotProceed(ImportRefusal.NOTHING)
    if work == ImportWork.UNDO and run.tidied_at:
        raise CannotProceed(ImportRefusal.TOO_LATE)
    run.work, run.work_by, run.work_at, run.work_options = work.value, actor, at, options or {}
    run.trouble, run.trouble_code, run.trouble_at, run.trouble_rows = "", "", None, []
    run.save()
    outbox.add(WORK, run=run.pk)
    return run


def is_small(run: ImportRun) -> bool:
    """Worked off while its person waits; the others by a worker."""
    return run.size <= INLINE


@transaction.atomic
def discard(*, run: ImportRun, actor: User, at: datetime) -> ImportRun:
    """Give the run up: its file, its preview and what branches were made for it go. Raises ``CannotProceed``."""
    run = _locked(run)
    _refuse_stranger(actor)
    if run.work and run.work_at and run.work_at > at - GIVEN_UP:
        raise CannotProceed(ImportRefusal.AT_WORK)
    if not can_proceed(run.discard):
        raise CannotProceed(ImportRefusal.NOT_NOW)
    run.discard()
    run.work = ""
    run.counts |= {"branches_kept": import_branches.remove_unused(run, actor=actor, at=at)}
    run.save(update_fields=["state", "work", "counts"])
    empty(run)
    audit.record(actor=actor, action="members.importrun.discarded", target=run, at=at)
    return run


def empty(run: ImportRun) -> None:
    """File and preview away; what the run was and did stays on record."""
    attachments.discard(attachments=attachments.of(run))
    ImportRow.objects.filter(run=run).delete()


def tidy(*, at: datetime) -> int:
    """Empty what was committed or begun ``KEPT`` ago, before-images too; how many runs."""
    old = ImportRun.objects.filter(tidied_at__isnull=True, uploaded_at__lt=at - KEPT).exclude(
        committed_at__gte=at - KEPT
    )
    runs = list(old)
    for run in runs:
        with transaction.atomic():
            empty(run)
            run.people.update(before={}, id_number="", bank_card="", after="")
            run.tidied_at = at
            run.save(update_fields=["tidied_at"])
    return len(runs)


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update().get(pk=run.pk)


def _refuse_stranger(actor: User) -> None:
    if not actor.has_perm("members.import_member"):
        raise PermissionDenied


def _add_branch(name: str, *, actor: User, at: datetime) -> Branch:
    root = Branch.objects.filter(kind=BranchKind.UNION, parent=None).order_by("pk").first()
    short_name = (name.removesuffix("分工会") or name)[:30]
    return branches.keep_branch(actor=actor, branch=None, name=name, short_name=short_name, parent=root, at=at)


def _add_alias(branch: Branch, name: str, *, actor: User, at: datetime) -> None:
    known = list(branch.aliases.values_list("name", flat=True))
    branches.keep_branch(
        actor=actor,
        branch=branch,
        name=branch.name,
        short_name=branch.short_name,
        kind=branch.kind,
        parent=branch.parent,
        position=branch.position,
        is_active=branch.is_active,
        aliases=[*known, name],
        at=at,
    )


def state_words(run: ImportRun) -> str:
    """``核对中``, or the state."""
    if run.work:
        return _("%(work)s中") % {"work": ImportWork(run.work).label}
    return str(ImportState(run.state).label)
