"""Announcements in the admin: a draft with its files, the button that publishes it, who has confirmed it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import attachments
from core.admin import KeysetAdmin, Menu
from core.admin.acts import act_page
from core.admin.filters import ChoiceFilter
from core.requests import SignedInRequest
from notices import board
from notices.enums import AnnouncementState
from notices.forms.announcements import AnnouncementForm, FilesForm, WithdrawForm
from notices.models import Announcement
from notices.services import announcing

KINDS = {AnnouncementState.DRAFT: "warn", AnnouncementState.PUBLISHED: "good", AnnouncementState.WITHDRAWN: "quiet"}


class StateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = AnnouncementState.choices, "state"


@admin.register(Announcement)
class AnnouncementAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.NOTICES, 5, "campaign"
    form = AnnouncementForm
    change_form_template = "notices/admin/announcement_form.html"
    list_filter = (StateFilter,)
    keyset_order = ("-id",)
    headers = (_("标题"), _("栏目"), _("发布范围"), _("发布时间"), _("状态"))
    empty = _("还没有通知公告。")
    fields = (
        ("column", "title"),
        "body",
        ("readers", "is_public", "needs_receipt"),
        "branches",
        "publish_at",
        ("expires_on", "pinned_until"),
    )

    def get_queryset(self, request: HttpRequest):
        return Announcement.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("column")

    def row_of(self, row: Announcement, request: SignedInRequest) -> list[Any]:
        waits = row.state == AnnouncementState.PUBLISHED and bool(row.publish_at and row.publish_at > request.at)
        words = gettext("待发布") if waits else row.get_state_display()
        return [
            row.title,
            row.column.name,
            row.get_readers_display(),
            f"{timezone.localtime(row.publish_at):%Y-%m-%d %H:%M}" if row.publish_at else "",
            {"text": words, "kind": "warn" if waits else KINDS[AnnouncementState(row.state)]},
        ]

    def has_change_permission(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        is_open = obj is None or obj.state == AnnouncementState.DRAFT
        return is_open and super().has_change_permission(request, obj)

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Announcement:
        values = dict(form.cleaned_data)
        branches = list(values.pop("branches"))
        return announcing.keep_announcement(
            actor=request.user,
            announcement=form.instance if change else None,
            values=values,
            branches=branches,
            at=request.at,
        )

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given: dict[str, Any] = {**(extra_context or {})}
        if object_id.isdecimal() and (row := self.get_queryset(request).filter(pk=int(object_id)).first()):
            given |= {
                "files": list(attachments.of(row)),
                "may_publish": request.user.has_perm("notices.publish_announcement"),
                "reading": board.reading_of(row, user=request.user, at=request.at)  # type: ignore[arg-type,attr-defined]
                if row.needs_receipt and row.state == AnnouncementState.PUBLISHED
                else None,
            }
        return super().change_view(request, object_id, form_url, given)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/files/", wrap(self.add_files), name="notices_announcement_files"),
            path("<int:pk>/publish/", wrap(self.publish), name="notices_announcement_publish"),
            path("<int:pk>/withdraw/", wrap(self.withdraw), name="notices_announcement_withdraw"),
            *super().get_urls(),
        ]

    def _one(self, request: SignedInRequest, pk: int, code: str) -> Announcement:
        if not request.user.has_perm(f"notices.{code}"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _act(self, request: SignedInRequest, row: Announcement, **page) -> HttpResponse:
        back = reverse("admin:notices_announcement_change", args=[row.pk])
        return act_page(request, back=back, context=self.admin_site.each_context(request), **page)

    def add_files(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Add files to a draft."""
        row = self._one(request, pk, "change_announcement")

        def act(given: dict) -> str:
            taken = attachments.take_all(uploads=given["papers"], actor=request.user, at=request.at)
            announcing.add_files(announcement=row, files=taken, actor=request.user, at=request.at)
            return gettext("已添加 %(count)s 个附件。") % {"count": len(taken)}

        form = FilesForm(request.POST or None, request.FILES or None)
        return self._act(
            request,
            row,
            name="notices.announcement.files",
            title=gettext("添加附件：%(what)s") % {"what": row},
            form=form,
            act=act,
            button=gettext("添加"),
        )

    def publish(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Publish, or schedule where a later time is written down."""
        row = self._one(request, pk, "publish_announcement")
        people = board.members_meant(row, at=request.at).count()

        def act(given: dict) -> str:
            shown = announcing.publish(announcement=row, actor=request.user, at=request.at)
            return gettext("已发布，自 %(time)s 起可见。") % {
                "time": f"{timezone.localtime(shown.publish_at):%Y-%m-%d %H:%M}"
            }

        said = gettext("发布后不能修改，只能撤回。发布范围：%(readers)s") % {"readers": row.get_readers_display()}
        if people:
            said += gettext("，今日在册 %(people)s 人") % {"people": people}
        return self._act(
            request,
            row,
            name="notices.announcement.publish",
            title=gettext("发布：%(what)s") % {"what": row},
            explain=f"{said}。",
            form=forms.Form(request.POST or None),
            act=act,
            button=gettext("发布"),
        )

    def withdraw(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Take it back, saying why."""
        row = self._one(request, pk, "publish_announcement")

        def act(given: dict) -> str:
            announcing.withdraw(announcement=row, **given, actor=request.user, at=request.at)
            return gettext("已撤回。")

        return self._act(
            request,
            row,
            name="notices.announcement.withdraw",
            title=gettext("撤回：%(what)s") % {"what": row},
            explain=gettext("撤回后读者不再看到内容，记录保留。"),
            form=WithdrawForm(request.POST or None),
            act=act,
            button=gettext("撤回"),
        )
