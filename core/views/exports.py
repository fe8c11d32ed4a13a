"""Asking for a list, watching it being made, fetching it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import exports, intents
from core.enums import ExportState
from core.errors import DomainError
from core.forms import ExportForm
from core.models import ExportJob
from core.requests import SignedInRequest

_SHOWN = 50
_WAITING = (ExportState.WAITING, ExportState.RUNNING)


@require_safe
@login_required
def my_exports(request: SignedInRequest) -> HttpResponse:
    """What I took out, newest first."""
    jobs = ExportJob.objects.filter(requested_by=request.user)[:_SHOWN]
    rows = [(job, _title(job)) for job in jobs]
    return render(request, "core/exports/mine.html", {"rows": rows, "kept": exports.KEPT.days})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_export(request: SignedInRequest, code: str) -> HttpResponse:
    """The form for one list; what of it is in the address."""
    kind = exports.kinds.get(code)
    if kind is None:
        raise Http404
    if not request.user.has_perm(kind.permission):
        raise PermissionDenied
    parameters = kind.clean(request.GET.dict())
    form = ExportForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_requested(request, kind, parameters, form))
        except DomainError as refused:
            form.add_error(None, refused.message)
    facts = {"form": form, "kind": kind, "words": kind.words(parameters) or _("全部")}
    facts["rows"] = kind.count(request.user, parameters)
    return render(request, "core/exports/new.html", facts)


def _requested(request: SignedInRequest, kind: exports.Kind, parameters: dict, form: ExportForm) -> str:
    key = request.POST.get(intents.FIELD, "")
    with intents.once(actor=request.user, form=f"export.{kind.code}"[:100], key=key) as intent:
        if not intent.repeated:
            asked = {"kind": kind.code, "parameters": parameters, **form.cleaned_data}
            job = exports.request_export(actor=request.user, at=request.at, **asked)
            intent.result = reverse("export", args=[job.pk])
    return intent.result


@require_safe
@login_required
def export(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far it is; the page asks again by itself until the file is there."""
    job = get_object_or_404(ExportJob.objects.select_related("result"), pk=pk, requested_by=request.user)
    known = exports.kinds.get(job.kind)
    waiting = job.state in _WAITING
    facts = {
        "job": job,
        "title": _title(job),
        "words": (known.words(job.parameters) if known else "") or _("全部"),
        "columns": known.titles(job.columns) if known else job.columns,
        "waiting": waiting,
        "file": job.result if job.state == ExportState.DONE and exports.may_fetch(request.user, job) else None,
        "refusal": exports.words_of(job.refusal),
        "unit": known.unit if known else "",
    }
    return render(request, "core/exports/export.html", facts)


def _title(job: ExportJob) -> str:
    known = exports.kinds.get(job.kind)
    return str(known.title) if known else job.kind
