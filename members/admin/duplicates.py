"""Duplicates in the browser admin: pairs side by side, not one person, merged, and a merge taken back."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.forms import EmptyForm
from core.requests import SignedInRequest
from members import side_by_side
from members.feed_codes import PairState
from members.forms.feed import MergeForm, ReasonForm
from members.models import DuplicatePair, MergeRecord
from members.services import duplicates, merging
from members.services.unmerging import unmerge

PAIRS, MERGES = "admin:members_duplicatepair_changelist", "admin:members_mergerecord_changelist"
KINDS = {PairState.OPEN: "warn", PairState.MERGED: "good"}


class _Pages(KeysetAdmin):
    """What the two lists share."""

    menu = Menu.REGISTER

    def _only(self, request: SignedInRequest, code: str) -> None:
        if not request.user.has_perm(code):
            raise PermissionDenied

    def _page(self, request, name, title, form, act, back, button, *, explain="", template="admin/act.html", **more):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **more}
        return act_page(
            request, name=name, title=title, form=form, act=act, back=reverse(back), button=button,
            explain=explain, template=template, context=context,
        )  # fmt: skip


class PairStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = PairState.choices, "state"


@admin.register(DuplicatePair)
class DuplicatePairAdmin(_Pages):
    menu_order, icon = 37, "people_alt"
    change_list_template = "admin/members/pair_list.html"
    change_form_outer_after_template = "admin/members/pair_links.html"
    list_filter = (PairStateFilter,)
    keyset_order = ("-score", "-id")
    headers = (_("档案一"), _("档案二"), _("分值"), _("相同之处"), _("状态"))
    unit = _("对")
    empty = _("没有疑似重复的档案。")
    fields = (("first", "second", "score"), "alike", ("state", "why"), ("decided_by", "decided_at", "found_at"))
    readonly_fields = ("alike",)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("first", "second")

    def row_of(self, pair: DuplicatePair, request: HttpRequest) -> list[Any]:
        return [
            str(pair.first),
            str(pair.second),
            pair.score,
            side_by_side.reasons_of(pair),
            {"text": pair.get_state_display(), "kind": KINDS.get(PairState(pair.state), "quiet")},
        ]

    def get_fields(self, request: HttpRequest, obj: DuplicatePair | None = None):
        is_open = obj is not None and obj.state == PairState.OPEN
        return (("first", "second", "score"), "alike", ("state", "found_at")) if is_open else self.fields

    @display(description=_("相同之处"))
    def alike(self, pair: DuplicatePair) -> str:
        return side_by_side.reasons_of(pair)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("scan/", wrap(self.scan), name="members_duplicatepair_scan"),
            path("<int:pk>/merge/", wrap(self.merge), name="members_duplicatepair_merge"),
            path("<int:pk>/distinct/", wrap(self.distinct), name="members_duplicatepair_distinct"),
            *super().get_urls(),
        ]

    def scan(self, request: SignedInRequest) -> HttpResponse:
        """立即查找."""
        self._only(request, "members.change_duplicatepair")

        def act(data: dict[str, Any]) -> str:
            duplicates.ask_for_scan(actor=request.user, at=request.at)
            return gettext("正在后台查找，稍后刷新本页。")

        said = gettext("每天夜里自动查找一次。计分规则和分值下限在“政策参数”中；已认定不是同一人的不会再列出。")
        return self._page(
            request, "members.scan", gettext("查找重复档案"), EmptyForm(request.POST or None), act, PAIRS,
            gettext("立即查找"), explain=said,
        )  # fmt: skip

    def merge(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """并排比较，合并."""
        self._only(request, "members.merge_member")
        pair = get_object_or_404(DuplicatePair.objects.select_related("first", "second"), pk=pk)
        people = [pair.first, pair.second]
        overlap = side_by_side.days_overlap(*people)
        form = MergeForm(request.POST or None, people=people, overlap=overlap, initial={"keep": str(pair.first_id)})

        def act(data: dict[str, Any]) -> str:
            keep, drop = people if data["keep"] == str(pair.first_id) else people[::-1]
            how = {"reason": data["reason"], "stands": data.get("stands", "")}
            record = merging.merge(keep=keep, drop=drop, actor=request.user, at=request.at, **how)
            return gettext("%(drop)s 已并入 %(keep)s；有误可在“档案合并”中撤销。") % {
                "drop": record.drop, "keep": record.keep,
            }  # fmt: skip

        return self._page(
            request, "members.merge", gettext("核对并合并"), form, act, PAIRS, gettext("合并"),
            template="admin/members/pair_merge.html", pair=pair, table=side_by_side.table_of(*people),
            reasons=side_by_side.reasons_of(pair), posts=side_by_side.posts_of(*people),
        )  # fmt: skip

    def distinct(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """不是同一人."""
        self._only(request, "members.change_duplicatepair")
        pair = get_object_or_404(DuplicatePair.objects.select_related("first", "second"), pk=pk)

        def act(data: dict[str, Any]) -> str:
            duplicates.say_distinct(pair=pair, actor=request.user, at=request.at, why=data["reason"])
            return gettext("已记下：不是同一人，以后不再列出。")

        said = f"{pair.first}　{pair.second}"
        return self._page(
            request, "members.distinct", gettext("不是同一人"), ReasonForm(request.POST or None), act, PAIRS,
            gettext("确定"), explain=said,
        )  # fmt: skip


@admin.register(MergeRecord)
class MergeRecordAdmin(_Pages):
    menu_order, icon = 38, "merge"
    change_form_outer_after_template = "admin/members/merge_links.html"
    headers = (_("保留的档案"), _("并入的档案"), _("合并时间"), _("合并人"), _("原因"), _("状态"))
    unit = _("次")
    empty = _("还没有合并过档案。")
    fields = (("keep", "drop"), ("merged_by", "merged_at"), "reason", ("undone_by", "undone_at", "undo_reason"))

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("keep", "drop", "merged_by")

    def row_of(self, record: MergeRecord, request: HttpRequest) -> list[Any]:
        undone = record.undone_at is not None
        return [
            str(record.keep),
            str(record.drop),
            f"{record.merged_at:%Y-%m-%d}",
            record.merged_by.name,
            record.reason,
            {"text": gettext("已撤销"), "kind": "quiet"} if undone else {"text": gettext("有效"), "kind": "good"},
        ]

    def get_fields(self, request: HttpRequest, obj: MergeRecord | None = None):
        return self.fields[:-1] if obj is not None and obj.undone_at is None else self.fields

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(self.undo)
        return [path("<int:pk>/undo/", undo, name="members_mergerecord_undo"), *super().get_urls()]

    def undo(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """撤销合并."""
        self._only(request, "members.merge_member")
        record = get_object_or_404(MergeRecord.objects.select_related("keep", "drop"), pk=pk)

        def act(data: dict[str, Any]) -> str:
            unmerge(record=record, actor=request.user, at=request.at, reason=data["reason"])
            return gettext("已撤销合并，两份档案恢复原样。")

        said = gettext("%(drop)s 将从 %(keep)s 分开，移动过的记录全部移回；之后有新变动的不能撤销，会列出原因。") % {
            "drop": record.drop, "keep": record.keep,
        }  # fmt: skip
        return self._page(
            request, "members.unmerge", gettext("撤销合并"), ReasonForm(request.POST or None), act, MERGES,
            gettext("撤销合并"), explain=said,
        )  # fmt: skip
