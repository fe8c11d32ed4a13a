"""Lists taken out of the house: asked for with a reason, made by a worker, on record for each person in them.

An app's ``exports.py`` says what can be had:

    exports.kind("members.roll", title="会员名册", permission="members.export_member", columns=(Column(...), ...),
                 count=count_of, rows=rows_of, words=words_of, clean=parameters_of)

What is printed instead has a ``document``, and neither columns nor rows: a PDF, drawn by ``document(actor,
parameters, at, progress)``, which tells ``progress`` how many people it has drawn.

``rows(actor, parameters, columns)`` yields ``(member concerned or None, values)`` and sees what ``actor`` may see at
the time of the run; ``parameters`` are what ``clean`` made of the address, JSON and no personal data of class C3.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import attachments, audit, outbox
from core.enums import ExportFormat, ExportState
from core.errors import DomainError
from core.models import Attachment, ExportedPeople, ExportJob, User
from core.spreadsheets.writing import Column

__all__ = ["Column"]

Parameters = dict[str, Any]
Line = tuple[int | None, Sequence[Any]]
A_DAY = 20  # exports of one person
KEPT = timedelta(days=7)
GIVEN_UP = timedelta(days=1)  # a job that no worker could finish
RUN = "core.export"


class Refusal(StrEnum):
    NO_REASON = "export_without_reason"
    NO_COLUMNS = "export_without_columns"
    UNKNOWN_COLUMN = "export_unknown_column"
    UNKNOWN_FORMAT = "export_unknown_format"
    TOO_MANY_TODAY = "export_too_many_today"
    RIGHT_LOST = "export_right_lost"
    TOO_MANY_ROWS = "export_too_many_rows"
    NOTHING = "export_nothing"
    NOT_DRAWN = "export_not_drawn"
    GIVEN_UP = "export_given_up"


_WORDS = {
    Refusal.RIGHT_LOST: gettext_lazy("您已没有导出这份名单的权限，没有生成文件。"),
    Refusal.TOO_MANY_ROWS: gettext_lazy("行数超过一张工作表的上限，请缩小范围后再导出。"),
    Refusal.NOTHING: gettext_lazy("没有可以生成的内容，请在名单批准以后生成。"),
    Refusal.NOT_DRAWN: gettext_lazy("文件没有生成成功。请重新生成；仍不成功请告诉管理员。"),
    Refusal.GIVEN_UP: gettext_lazy("一直没有生成成功，已停止。请重新导出；仍不成功请告诉管理员。"),
}


def words_of(refusal: str) -> str:
    """Why a job came to nothing, as people say it; "" where there is nothing to say."""
    return str(_WORDS.get(refusal, "")) if refusal in set(Refusal) else ""  # type: ignore[call-overload]


class CannotExport(DomainError):
    """Allowed, but not like this."""


@dataclass(frozen=True)
class Drawn:
    """A document, and the members in it."""

    content: bytes
    people: set[int]


Document = Callable[[User, Parameters, datetime, Callable[[int], None]], Drawn]


def _no_rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
    yield from ()


@dataclass(frozen=True)
class Kind:
    """One list that can be taken out. ``chosen`` columns are ticked at first; empty: all. ``unit``: what is counted.

    A file's columns stand in the order of ``columns``, whatever the order they were asked for in. ``purpose`` is
    what such a document is for, said at first for the reason.
    """

    code: str
    title: str
    permission: str
    count: Callable[[User, Parameters], int]
    words: Callable[[Parameters], str]
    clean: Callable[[Mapping[str, str]], Parameters]
    columns: tuple[Column, ...] = ()
    rows: Callable[[User, Parameters, list[str]], Iterator[Line]] = _no_rows
    chosen: tuple[str, ...] = ()
    document: Document | None = None
    unit: str = gettext_lazy("行")  # type: ignore[assignment]  # read as a string
    purpose: str = ""

    @property
    def is_document(self) -> bool:
        return self.document is not None

    @property
    def formats(self) -> tuple[ExportFormat, ...]:
        return (ExportFormat.PDF,) if self.document else (ExportFormat.XLSX, ExportFormat.CSV)

    def titles(self, names: Sequence[str]) -> list[str]:
        known = {column.name: column.title for column in self.columns}
        return [str(known.get(name, name)) for name in names]


kinds: dict[str, Kind] = {}


def kind(code: str, **what: Any) -> None:
    """Register a list; see ``Kind`` for what it takes. ``words`` and ``clean`` may be left out: the whole list."""
    given = Kind(code, **({"words": lambda parameters: "", "clean": lambda given: {}} | what))
    if code in kinds:
        raise ValueError(f"two lists are called {code}")
    kinds[code] = given


@transaction.atomic
def request_export(
    *,
    actor: User,
    kind: str,
    parameters: Parameters,
    columns: Sequence[str] = (),
    reason: str,
    format: str = "",
    at: datetime,
) -> ExportJob:
    """Ask for a list; a worker makes it. Raises ``PermissionDenied``, ``CannotExport``.

    ``format``: the first that it has, where nothing is said.
    """
    wanted = kinds[kind]
    format = format or wanted.formats[0]
    actor = User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two at once, one quota
    if not actor.has_perm(wanted.permission):
        raise PermissionDenied
    _refuse(wanted, columns, reason.strip(), format)
    if wanted.document and not wanted.count(actor, parameters):
        raise CannotExport(Refusal.NOTHING, words_of(Refusal.NOTHING))
    if ExportJob.objects.filter(requested_by=actor, requested_at__gt=at - timedelta(days=1)).count() >= A_DAY:
        raise CannotExport(Refusal.TOO_MANY_TODAY, _("您今天已导出 %(most)s 次，请明天再试。") % {"most": A_DAY})
    job = ExportJob.objects.create(
        kind=kind,
        parameters=parameters,
        columns=[column.name for column in wanted.columns if column.name in columns],
        format=format,
        reason=reason.strip()[:200],
        requested_by=actor,
        requested_at=at,
    )
    note(job, "requested", actor=actor, at=at)
    outbox.add(RUN, job=str(job.pk))
    return job


def _refuse(wanted: Kind, columns: Sequence[str], reason: str, format: str) -> None:
    if not reason:
        raise CannotExport(Refusal.NO_REASON, _("请填写导出的用途，它会记入审计，名单中的人也能看到。"))
    if wanted.columns and not columns:
        raise CannotExport(Refusal.NO_COLUMNS, _("请至少选择一列。"))
    if set(columns) - {column.name for column in wanted.columns}:
        raise CannotExport(Refusal.UNKNOWN_COLUMN, _("所选的列不存在，请刷新页面后重选。"))
    if format not in wanted.formats:
        raise CannotExport(Refusal.UNKNOWN_FORMAT, _("不支持这种格式。"))


def note(job: ExportJob, verb: str, *, actor: User, at: datetime, **more: Any) -> None:
    """Every step names list, range, columns and reason; the people in it are in ``ExportedPeople``."""
    data = {"kind": job.kind, "parameters": job.parameters, "columns": job.columns, "format": job.format, **more}
    audit.record(actor=actor, action=f"core.exportjob.{verb}", target=job, basis=job.reason, data=data, at=at)


def may_fetch(user: User, job: ExportJob) -> bool:
    """The file is for whoever asked for it, as long as he may still ask for it."""
    known = kinds.get(job.kind)
    return known is not None and job.requested_by_id == user.pk and user.has_perm(known.permission)


def _may_read_file(user: User, attachment: Attachment) -> bool:
    job = ExportJob.objects.filter(pk=UUID(attachment.owner_id), state=ExportState.DONE).first()
    return job is not None and may_fetch(user, job)


attachments.owner("core.ExportJob", may_read=_may_read_file)


@dataclass(frozen=True)
class Taken:
    """An export that held one person's data."""

    at: datetime
    who: User
    title: str
    columns: list[str]
    reason: str


def taken_out(member: int | QuerySet) -> list[Taken]:
    """Exports with this member's data, newest first: part of "who looked at my data". Or of a query's members."""
    found = {"members__contains": [member]} if isinstance(member, int) else {"members__overlap": member}
    held = ExportedPeople.objects.filter(**found).values("job")
    jobs = ExportJob.objects.filter(pk__in=held).select_related("requested_by").order_by("-finished_at")
    return [_taken(job) for job in jobs if job.finished_at]


def _taken(job: ExportJob) -> Taken:
    known = kinds.get(job.kind)
    columns = known.titles(job.columns) if known else job.columns
    return Taken(
        at=job.finished_at,  # type: ignore[arg-type]  # asked for by the caller
        who=job.requested_by,
        title=str(known.title) if known else job.kind,
        columns=columns,
        reason=job.reason,
    )
