"""A reference table's two buttons: take a file in, take the table out."""

from io import BytesIO

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminFileFieldWidget

from core.admin.acts import act_page
from core.admin.base import KeysetAdmin
from core.clock import local_date
from core.requests import SignedInRequest
from core.resources import HouseResource
from core.services.reference_files import export_file, import_file


class ReferenceFileForm(forms.Form):
    file = forms.FileField(
        label=_("文件"),
        help_text=_(".xlsx 或 .csv，表头与导出的文件相同。"),
        widget=UnfoldAdminFileFieldWidget({"accept": ".xlsx,.csv"}),  # the admin's script expects no other
    )
    dry_run = forms.BooleanField(label=_("只试导入，不保存"), required=False, initial=True)


class FileAdmin(KeysetAdmin):
    """A list that can be taken in and out as a file; ``resource_class`` says which columns."""

    change_list_template = "admin/file_list.html"
    resource_class: type[HouseResource]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.import_view), name=f"{name}_import"),
            path("export.xlsx", wrap(self.export_view), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        given = {"export_url": reverse(f"{name}_export")}
        if self.has_add_permission(request):
            given["import_url"] = reverse(f"{name}_import")
        return super().changelist_view(request, {**(extra_context or {}), **given})

    def import_view(self, request: SignedInRequest) -> HttpResponse:
        """One file, tried or taken whole."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        resource = self.resource_class(actor=request.user, at=request.at)

        def act(given: dict) -> str:
            file, dry_run = given["file"], given["dry_run"]
            taken = import_file(
                resource=resource,
                file=file,
                filename=file.name,
                dry_run=dry_run,
                actor=request.user,
                at=request.at,
            )
            said = gettext("试导入，未保存：") if dry_run else gettext("已导入：")
            facts = {"created": taken.created, "changed": taken.changed, "same": taken.unchanged}
            return said + gettext("新增 %(created)s 行，修改 %(changed)s 行，%(same)s 行不变。") % facts

        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return act_page(
            request,
            name=f"core.import.{self.opts.model_name}",
            title=gettext("导入%(what)s") % {"what": self.opts.verbose_name},
            explain=gettext("整个文件一次成功或一次撤回；有一行不对，全部不保存，并逐行说明原因。"),
            form=ReferenceFileForm(request.POST or None, request.FILES or None),
            act=act,
            back=back,
            button=gettext("导入"),
            context=self.admin_site.each_context(request),
        )

    @method_decorator(require_safe)
    def export_view(self, request: SignedInRequest) -> FileResponse:
        """The whole table, to be edited and taken in again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = str(self.opts.verbose_name)
        content = export_file(
            resource=self.resource_class(actor=request.user, at=request.at),
            title=title,
            actor=request.user,
            at=request.at,
        )
        filename = f"{title}{local_date(request.at):%Y%m%d}.xlsx"
        return FileResponse(BytesIO(content), as_attachment=True, filename=filename)
