"""Kept selections: made from a list's filters, applied by their address, changed by whoever made them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock, pagination
from core.admin import KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.forms import EmptyForm
from core.requests import SignedInRequest
from members import segments
from members.forms.segments import SegmentForm
from members.models import Segment
from members.services.segments import change_segment, delete_segment, save_segment

LIST = "admin:members_member_changelist"


@admin.register(Segment)
class SegmentAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 15, "bookmark"
    form = SegmentForm
    keyset_order = ("id",)
    headers = (_("名称"), _("条件"), _("说明"), _("建立人"), _("范围"), _("名单"))
    unit = _("个名单")
    empty = _("还没有常用名单。在会员列表中选好条件，再点“存为常用名单”。")
    change_form_outer_after_template = "admin/members/segment_links.html"

    def get_queryset(self, request: HttpRequest):
        return Segment.objects.visible_to(request.user)

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("owner")

    def row_of(self, segment: Segment, request: SignedInRequest) -> list[Any]:
        shared = {"text": gettext("全体干事"), "kind": "good"} if segment.is_shared else gettext("仅自己")
        open_it = format_html('<a href="{}?{}">{}</a>', reverse(LIST), segment.query, gettext("查看名单"))
        words = segments.words_of(segment, user=request.user, on=local_date(request.at))
        return [segment.name, words, segment.description, segment.owner.name, shared, open_it]

    def get_fields(self, request: HttpRequest, obj=None):
        own = (*(("name", "is_shared"), "description"),)
        return (*own, "query") if obj is None else (*own, "conditions", "people", "owner", "changed_at")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("conditions", "people", "owner", "changed_at") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        is_own = obj is None or obj.owner_id == request.user.pk
        return is_own and super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"query": request.GET.get("query", "")}

    def save(self, request: SignedInRequest, form, change: bool) -> Segment:
        given = {name: form.cleaned_data[name] for name in ("name", "description", "is_shared")}
        given |= {"actor": request.user, "at": request.at}
        if change:
            return change_segment(segment=form.instance, **given)
        return save_segment(query=form.cleaned_data["query"], **given)

    def get_urls(self) -> list[URLPattern]:
        remove = self.admin_site.admin_view(self.remove)
        return [path("<int:pk>/remove/", remove, name="members_segment_remove"), *super().get_urls()]

    def remove(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """Forget a segment of one's own."""
        if not request.user.has_perm("members.delete_segment"):
            raise PermissionDenied
        segment = get_object_or_404(self.get_queryset(request), pk=pk)
        if segment.owner_id != request.user.pk:
            raise PermissionDenied

        def act(given: dict) -> str:
            delete_segment(segment=segment, actor=request.user, at=request.at)
            return gettext("已删除常用名单“%(name)s”。") % {"name": segment.name}

        return act_page(
            request,
            name="members.segment.remove",
            title=gettext("删除常用名单：%(name)s") % {"name": segment.name},
            explain=gettext("只删除这组条件，会员不受影响。"),
            form=EmptyForm(request.POST or None),
            act=act,
            back=reverse("admin:members_segment_changelist"),
            button=gettext("删除"),
            context=self.admin_site.each_context(request),
        )

    @display(description=_("条件"))
    def conditions(self, segment: Segment) -> str:
        return segments.words_of(segment, user=segment.owner, on=clock.today())

    @display(description=_("现有人数"))
    def people(self, segment: Segment) -> str:
        found = segments.people_of(segment, user=segment.owner, on=clock.today())
        return str(pagination.count_of(found, whole=False))
