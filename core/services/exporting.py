"""What a worker does of an export: rows into a file, progress on the way, everything else in one last transaction."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import attachments, clock, exports, telling
from core.documents import CannotRender
from core.enums import ExportState, FileKind
from core.exports import GIVEN_UP, KEPT, Document, Kind, Refusal
from core.models import ExportedPeople, ExportJob
from core.spreadsheets.writing import TooManyRows, open_writer

READY = "core.export_ready"
CHUNK = 2_000  # rows between two notes of progress
_IDS = 1_000  # in one row of ExportedPeople


def run_export(job_id: UUID) -> None:
    """Make the file of one job. Run again after a crash it begins anew; run after the end it does nothing."""
    job = ExportJob.objects.select_related("requested_by").filter(pk=job_id).first()
    if job is None or job.state not in (ExportState.WAITING, ExportState.RUNNING):
        return
    known = exports.kinds.get(job.kind)
    if known is None or not exports.may_fetch(job.requested_by, job):
        _fail(job, Refusal.RIGHT_LOST)
        return
    total = known.count(job.requested_by, job.parameters)
    _progress(job, rows_total=total, rows_done=0)
    with tempfile.TemporaryFile() as file:
        try:
            rows, people = _draw(job, known.document, file) if known.document else _write(job, known, file)
        except TooManyRows:
            _fail(job, Refusal.TOO_MANY_ROWS)
            return
        except CannotRender:
            _fail(job, Refusal.NOT_DRAWN)
            return
        if not rows and known.document:
            _fail(job, Refusal.NOTHING)
            return
        file.seek(0)
        _finish(job, known, content=file.read(), rows=rows, people=people)


def _write(job: ExportJob, known: Kind, file) -> tuple[int, set[int]]:
    columns = [column for column in known.columns if column.name in job.columns]
    lines = known.rows(job.requested_by, job.parameters, [column.name for column in columns])
    people: set[int] = set()
    done = 0
    with open_writer(file, columns, format=job.format, title=str(known.title), note=_watermark(job, known)) as write:
        while chunk := list(islice(lines, CHUNK)):
            for member, values in chunk:
                write(values)
                if member is not None:
                    people.add(member)
            done += len(chunk)
            _progress(job, rows_done=done)
    return done, people


def _draw(job: ExportJob, document: Document, file) -> tuple[int, set[int]]:
    def progress(people: int) -> None:
        _progress(job, rows_done=people)

    drawn = document(job.requested_by, job.parameters, clock.now(), progress)
    file.write(drawn.content)
    return len(drawn.people), drawn.people


def _watermark(job: ExportJob, known: Kind) -> str:
    """Who took the list out, when and what for: the first thing on the sheet."""
    who = job.requested_by
    facts = {
        "who": f"{who.name}（{who.username}）",
        "when": f"{timezone.localtime(job.requested_at):%Y-%m-%d %H:%M}",
        "range": known.words(job.parameters) or _("全部"),
        "reason": job.reason,
    }
    return (
        _("导出人：%(who)s　时间：%(when)s　范围：%(range)s　用途：%(reason)s　仅限工会工作使用，用后妥善销毁")
        % facts
    )


def _progress(job: ExportJob, **how: int) -> None:
    """Seen at once by the page that waits; a run that goes on is a run that was not given up."""
    going_on = ExportJob.objects.filter(pk=job.pk, state__in=(ExportState.WAITING, ExportState.RUNNING))
    going_on.update(state=ExportState.RUNNING, **how)


def _finish(job: ExportJob, known: Kind, *, content: bytes, rows: int, people: set[int]) -> None:
    at, actor = clock.now(), job.requested_by
    name = f"{known.title}{timezone.localtime(job.requested_at):%Y%m%d-%H%M}.{job.format}"
    kind = FileKind(job.format)
    result = attachments.keep(kind=kind, name=name, content=content, actor=actor, at=at, sensitive=True)
    with transaction.atomic():
        mine = ExportJob.objects.select_for_update().get(pk=job.pk)
        if mine.state != ExportState.RUNNING:  # given up meanwhile: the file is swept up
            return
        attachments.attach(attachments=[result], owner=mine, actor=actor)
        ExportedPeople.objects.bulk_create(ExportedPeople(job=mine, members=ids) for ids in _in_rows(people))
        mine.state, mine.rows_done, mine.finished_at = ExportState.DONE, rows, at
        mine.expires_at, mine.result = at + KEPT, result
        mine.save(update_fields=["state", "rows_done", "finished_at", "expires_at", "result"])
        exports.note(mine, "exported", actor=actor, at=at, rows=rows, people=len(people), sha256=result.sha256)
        if known.document:  # it takes minutes: nobody waits before the page
            telling.tell(READY, user=actor.pk, job=str(mine.pk))


def _in_rows(people: set[int]) -> Iterator[list[int]]:
    ids = iter(sorted(people))
    while some := list(islice(ids, _IDS)):
        yield some


@transaction.atomic
def _fail(job: ExportJob, refusal: Refusal) -> None:
    at = clock.now()
    mine = ExportJob.objects.select_for_update().get(pk=job.pk)
    if mine.state in (ExportState.WAITING, ExportState.RUNNING):
        mine.state, mine.refusal, mine.finished_at = ExportState.FAILED, refusal, at
        mine.save(update_fields=["state", "refusal", "finished_at"])
        exports.note(mine, "failed", actor=mine.requested_by, at=at, refusal=refusal)


def expire_exports(*, at: datetime) -> int:
    """Drop files whose days are over, and say of jobs that no worker could finish that they were given up."""
    waiting = (ExportState.WAITING, ExportState.RUNNING)
    for job in ExportJob.objects.filter(state__in=waiting, requested_at__lt=at - GIVEN_UP):
        _fail(job, Refusal.GIVEN_UP)
    over = ExportJob.objects.filter(state=ExportState.DONE, expires_at__lte=at).select_related("result")
    return sum(_expire(job) for job in over)


@transaction.atomic
def _expire(job: ExportJob) -> int:
    ended = ExportJob.objects.filter(pk=job.pk, state=ExportState.DONE).update(state=ExportState.EXPIRED, result=None)
    if ended and job.result:
        attachments.discard(attachments=[job.result])
    return ended
