"""The import of a roster step by step: upload, columns, preview, commit, undo; each page says what comes next."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.enums import FileKind
from core.errors import DomainError
from core.files.serving import TYPES
from core.forms import EmptyForm
from core.requests import SignedInRequest
from members.enums import ImportState, ImportWork
from members.forms.imports import BranchesForm, MappingForm, UndoForm, UploadForm
from members.import_pages import Preview, steps_of
from members.models import ImportRun
from members.services import import_runs, import_undoing, import_working
from members.services.import_failed_rows import failed_rows
from members.services.import_judging import CannotProceed

KINDS = {ImportState.COMMITTED: "good", ImportState.JUDGED: "warn", ImportState.UPLOADED: "warn"}


@admin.register(ImportRun)
class ImportRunAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.REGISTER, 10, "upload_file"
    keyset_order = ("-id",)
    headers = (_("文件"), _("上传时间"), _("上传人"), _("状态"), _("行数"), _("新增"), _("更新"), _("不导入"))
    unit = _("次")
    empty = _("还没有导入过花名册。")
    change_list_template = "admin/members/import_list.html"

    def get_queryset(self, request: HttpRequest):
        return ImportRun.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("uploaded_by").defer("heads", "mapping", "trouble_rows")

    def row_of(self, run: ImportRun, request: SignedInRequest) -> list[Any]:
        counts = run.counts
        kind = "bad" if run.trouble else KINDS.get(ImportState(run.state), "quiet")
        return [
            run.filename,
            f"{timezone.localtime(run.uploaded_at):%Y-%m-%d %H:%M}",
            run.uploaded_by.name if run.uploaded_by else gettext("系统"),
            {"text": import_runs.state_words(run), "kind": kind},
            *(counts.get(name, "") for name in ("rows", "new", "changed", "error")),
        ]

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = ("columns", "branches", "commit", "discard", "undo")
        return [
            path("upload/", wrap(self.upload), name="members_importrun_upload"),
            *(path(f"<int:pk>/{act}/", wrap(getattr(self, act)), name=f"members_importrun_{act}") for act in acts),
            path("<int:pk>/failed.xlsx", wrap(self.failed), name="members_importrun_failed"),
            *super().get_urls(),
        ]

    def _one(self, request: SignedInRequest, pk: int) -> ImportRun:
        if not request.user.has_perm("members.import_member"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def upload(self, request: SignedInRequest) -> HttpResponse:
        """Take the file, look into it, go on to its columns."""
        if not request.user.has_perm("members.import_member"):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None, initial={"as_of": local_date(request.at)})
        received: list[import_runs.Received] = []
        if request.method == "POST" and form.is_valid():
            try:
                upload = form.cleaned_data["file"]
                received = [import_runs.receive(upload=upload, actor=request.user, at=request.at)]
            except DomainError as refused:
                form.add_error(None, refused.message)
        runs: list[ImportRun] = []

        def act(given: dict) -> str:
            as_of = given["as_of"]
            runs.append(import_runs.start(received=received[0], as_of=as_of, actor=request.user, at=request.at))
            return gettext("文件已上传，请核对各栏含义。")

        answer = act_page(
            request,
            name="members.import.upload",
            title=gettext("上传花名册"),
            explain=gettext("上传后先核对、预览，确认之前不改动任何资料。文件加密保存，导入 30 天后清除。"),
            form=form,
            act=act,
            back=reverse("admin:members_importrun_changelist"),
            button=gettext("上传"),
            template="admin/members/import_upload.html",
            context=self.admin_site.each_context(request),
        )
        return redirect("admin:members_importrun_columns", pk=runs[0].pk) if runs else answer

    def _step(self, request: SignedInRequest, run: ImportRun, what: str, **page: Any) -> HttpResponse:
        """One act on the run; what it asked for is worked off at once where the file is small."""
        answer = act_page(
            request,
            name=f"members.import.{what}",
            back=reverse("admin:members_importrun_change", args=[run.pk]),
            context={**self.admin_site.each_context(request), "run": run},
            **page,
        )
        if answer.status_code == 302 and import_runs.is_small(run):
            import_working.work_now(run)
        return answer

    def columns(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Which column means what."""
        run = self._one(request, pk)
        form = MappingForm(request.POST or None, run=run)

        def act(given: dict) -> str:
            chosen = {"mapping": form.mapping, "save_as": given["save_as"]}
            import_runs.map_columns(run=run, **chosen, actor=request.user, at=request.at)
            return gettext("已按所选各栏核对。")

        return self._step(
            request,
            run,
            "columns",
            title=gettext("核对各栏：%(file)s") % {"file": run.filename},
            explain=gettext("系统已认出的栏目无需改动；不需要的选“不导入这一栏”。"),
            form=form,
            act=act,
            button=gettext("下一步：预览"),
            template="admin/members/import_columns.html",
        )

    def branches(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Names that no branch has."""
        run = self._one(request, pk)
        form = BranchesForm(request.POST or None, run=run)

        def act(given: dict) -> str:
            import_runs.settle_branches(run=run, choices=form.choices, actor=request.user, at=request.at)
            return gettext("已处理 %(n)s 个名称，并重新核对。") % {"n": len(form.choices)}

        return self._step(
            request,
            run,
            "branches",
            title=gettext("未知的分工会名称"),
            explain=gettext(
                "新建的分工会和别名立即生效。放弃或撤销这次导入时，没有别的用处的新分工会一并删除，别名保留。"
            ),
            form=form,
            act=act,
            button=gettext("确定"),
        )

    def commit(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._one(request, pk)

        def act(given: dict) -> str:
            import_runs.ask(run=run, work=ImportWork.COMMIT, actor=request.user, at=request.at)
            return gettext("已提交导入，结果见下。")

        facts = {name: run.counts.get(name, 0) for name in ("new", "changed", "same", "error")}
        explain = gettext("新增 %(new)s 人，更新 %(changed)s 人，%(same)s 人不变；%(error)s 行不导入。") % facts
        return self._step(
            request,
            run,
            "commit",
            title=gettext("确认导入：%(file)s") % {"file": run.filename},
            explain=explain + gettext("将与预览逐行核对，一致才写入；导入后 30 天内可以整批撤销。"),
            form=EmptyForm(request.POST or None),
            act=act,
            button=gettext("导入"),
        )

    def discard(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._one(request, pk)

        def act(given: dict) -> str:
            import_runs.discard(run=run, actor=request.user, at=request.at)
            return gettext("已放弃这次导入，文件已删除。")

        return self._step(
            request,
            run,
            "discard",
            title=gettext("放弃导入：%(file)s") % {"file": run.filename},
            explain=gettext("没有写入过会员资料；上传的文件和预览将立即删除，为它新建、别无用处的分工会一并删除。"),
            form=EmptyForm(request.POST or None),
            act=act,
            button=gettext("放弃"),
        )

    def undo(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Take the whole import back; who has changed since is named first."""
        run = self._one(request, pk)
        is_open = run.state == ImportState.COMMITTED and run.tidied_at is None
        hindered = import_undoing.blocked(run) if is_open else []

        def act(given: dict) -> str:
            options = {"without_changed": bool(given.get("without_changed"))}
            import_runs.ask(run=run, work=ImportWork.UNDO, actor=request.user, at=request.at, options=options)
            return gettext("已提交撤销，结果见下。")

        run.hindered = import_undoing.words_of(hindered)  # type: ignore[attr-defined]
        run.hindered_count = len(hindered)  # type: ignore[attr-defined]
        return self._step(
            request,
            run,
            "undo",
            title=gettext("撤销导入：%(file)s") % {"file": run.filename},
            explain=gettext(
                "新增的人连同会籍删除，更新过的人恢复到导入之前；为这次导入新建、别无用处的分工会一并删除。"
            ),
            form=UndoForm(request.POST or None, hindered=len(hindered)),
            act=act,
            button=gettext("撤销这次导入"),
            template="admin/members/import_undo.html",
        )

    @method_decorator(require_safe)
    def failed(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._one(request, pk)
        try:
            content = failed_rows(run=run, actor=request.user, at=request.at)
        except CannotProceed as gone:
            raise Http404 from gone
        return HttpResponse(
            content,
            TYPES[FileKind.XLSX],
            headers={"Content-Disposition": f'attachment; filename="failed-rows-{run.pk}.xlsx"'},
        )

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        """Where the run stands: at work, the preview, or what came of it."""
        mine = cast(SignedInRequest, request)
        if not self.has_view_permission(request) or request.method == "POST":
            raise PermissionDenied
        if not object_id.isdecimal() or len(object_id) > 18:
            raise Http404
        run = get_object_or_404(
            self.get_queryset(request).select_related("uploaded_by", "committed_by", "undone_by", "work_by"),
            pk=int(object_id),
        )
        context = {
            **self.admin_site.each_context(request),
            "title": run.filename,
            "opts": ImportRun._meta,
            "run": run,
            "said": import_runs.state_words(run),
            "steps": steps_of(run),
            "preview": Preview(run, mine.GET),
            "unknown": import_runs.unknown_branches(run),
            "waits": mine.user,
        }
        answer = TemplateResponse(request, "admin/members/import_run.html", context)
        if run.work:
            answer["Refresh"] = "2"
        return answer
