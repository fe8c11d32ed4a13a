"""HR's daily file in the browser admin: taking one, what it proposes, and what the clerk says to each line."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.requests import SignedInRequest
from members import feed_words
from members.feed_codes import ChangeState, FeedKind, FeedState
from members.forms.feed import MOST_LINES, DecideRunForm, LinesForm, UploadForm
from members.models import FeedChange, FeedRun
from members.services import feed, feed_deciding

RUNS = "admin:members_feedrun_changelist"
KINDS = {FeedState.OPEN: "good", FeedState.HELD: "bad", FeedState.REFUSED: "bad"}
STATES = {ChangeState.PROPOSED: "warn", ChangeState.CONFIRMED: "good"}


@admin.register(FeedRun)
class FeedRunAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.REGISTER, 20, "compare_arrows"
    change_list_template = "admin/members/feed_list.html"
    change_form_outer_after_template = "admin/members/feed_links.html"
    keyset_order = ("-on", "-id")
    headers = (_("日期"), _("文件"), _("人数"), _("待确认"), _("状态"))
    unit = _("份")
    empty = _("还没有收到人事日报。")
    fields = (
        ("on", "filename", "people"),
        ("state", "warned"),
        ("taken_by", "taken_at"),
        ("decided_by", "decided_at", "reason"),
        "left_out",
    )
    readonly_fields = ("warned", "left_out")

    def for_rows(self, queryset, request: HttpRequest):
        waiting = Count("changes", filter=Q(changes__state=ChangeState.PROPOSED))
        return queryset.annotate(waiting=waiting)

    def row_of(self, run: FeedRun, request: HttpRequest) -> list[Any]:
        return [
            f"{run.on:%Y-%m-%d}",
            run.filename,
            run.people,
            run.waiting or "",  # type: ignore[attr-defined]
            {"text": run.get_state_display(), "kind": KINDS.get(FeedState(run.state), "quiet")},
        ]

    @display(description=_("提示"), empty_value="—")
    def warned(self, run: FeedRun) -> str | None:
        return "；".join(feed_words.warning(one) for one in run.warnings) or None

    @display(description=_("未比对的行"), empty_value="—")
    def left_out(self, run: FeedRun) -> str | None:
        return "；".join(feed_words.left_out(*one) for one in run.rejected[:50]) or None

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("upload/", wrap(self.upload), name="members_feedrun_upload"),
            path("<int:pk>/decide/", wrap(self.decide), name="members_feedrun_decide"),
            path("<int:pk>/lines/<str:kind>/", wrap(self.lines), name="members_feedrun_lines"),
            *super().get_urls(),
        ]

    def get_fields(self, request: HttpRequest, obj: FeedRun | None = None):
        empty = () if obj is None or obj.decided_by_id else (("decided_by", "decided_at", "reason"),)
        return [row for row in self.fields if row not in empty]

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        given = {**(extra_context or {})}
        if object_id.isdecimal() and (run := FeedRun.objects.filter(pk=int(object_id)).first()):
            given |= {"kinds": feed_words.waiting_by_kind(run), "run": run}
            given["may_decide"] = run.state in (FeedState.HELD, FeedState.OPEN)
        return super().change_view(request, object_id, form_url, given)

    def upload(self, request: SignedInRequest) -> HttpResponse:
        """上传日报: compared at once, confirmed later."""
        self._only(request, "members.add_feedrun")
        started = {"on": local_date(request.at)}
        form = UploadForm(request.POST or None, request.FILES or None, initial=started)

        def act(data: dict[str, Any]) -> str:
            file = data["file"]
            run, is_new = feed.take_feed(
                source=file, filename=file.name, on=data["on"], actor=request.user, at=request.at
            )
            if not is_new:
                return gettext("这份文件以前比对过（%(on)s）。") % {"on": f"{run.on:%Y-%m-%d}"}
            if run.state == FeedState.HELD:
                return gettext("人数异常，已暂停；请核实后再处理。")
            return gettext("已比对 %(people)s 人，%(lines)s 处变化待确认。") % {
                "people": run.people, "lines": run.changes.count(),
            }  # fmt: skip

        said = gettext("与登记的会员逐人比对，变化列出待确认；确认之前登记不会改动。")
        return self._page(request, "members.feed", gettext("上传人事日报"), form, act, gettext("比对"), explain=said)

    def decide(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """采用 or 作废: a file whose figures look wrong."""
        self._only(request, "members.add_feedrun")
        run = get_object_or_404(FeedRun, pk=pk)
        form = DecideRunForm(request.POST or None, held=run.state == FeedState.HELD)

        def act(data: dict[str, Any]) -> str:
            service = feed.release if data["do"] == "release" else feed.discard
            done = service(run=run, actor=request.user, reason=data["reason"], at=request.at)
            return gettext("%(run)s：%(state)s。") % {"run": done, "state": done.get_state_display()}

        said = "；".join(feed_words.warning(one) for one in run.warnings)
        said = said or gettext("作废后，这份日报还没有确认的变化全部失效；已确认的不受影响。")
        return self._page(request, "members.feed.decide", str(run), form, act, gettext("确定"), explain=said)

    def lines(self, request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
        """逐行确认: the lines of one kind, ticked one by one or all of them."""
        self._only(request, "members.change_feedchange")
        run = get_object_or_404(FeedRun, pk=pk)
        lines = run.changes.filter(kind=kind)
        rows = lines.filter(state=ChangeState.PROPOSED).order_by("staff_no")
        form = LinesForm(request.POST or None, rows=lines, waiting=rows, kind=kind)

        def act(data: dict[str, Any]) -> str:
            given = {"run": run, "changes": data["keys"], "actor": request.user, "at": request.at}
            if data["do"] == "dismiss":
                return feed_words.outcome(feed_deciding.dismiss(reason=data["reason"], **given))
            other = data.get("other_union") or ""
            return feed_words.outcome(feed_deciding.confirm(on=data.get("on"), other_union=other, **given))

        shown = rows.select_related("member", "branch_before", "branch_after")[:MOST_LINES]
        more = {"rows": feed_words.with_words(shown), "run": run, "waiting": rows.count()}
        more["consequence"] = feed_words.consequence(kind)
        label = dict(FeedKind.choices).get(kind, "")
        return self._page(
            request, "members.feed.lines", f"{run.on:%Y-%m-%d} {label}", form, act, gettext("办理"),
            template="admin/members/feed_lines.html", back=reverse("admin:members_feedrun_change", args=[pk]), **more,
        )  # fmt: skip

    def _only(self, request: SignedInRequest, code: str) -> None:
        if not request.user.has_perm(code):
            raise PermissionDenied

    def _page(
        self, request, name, title, form, act, button, *, back="", explain="", template="admin/act.html", **more
    ):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **more}
        return act_page(
            request, name=name, title=title, form=form, act=act, back=back or reverse(RUNS), button=button,
            explain=explain, template=template, context=context,
        )  # fmt: skip


class ChangeStateFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known, column = ChangeState.choices, "state"


class ChangeKindFilter(ChoiceFilter):
    title, parameter_name = _("变化"), "kind"
    known, column = FeedKind.choices, "kind"


@admin.register(FeedChange)
class FeedChangeAdmin(KeysetAdmin):
    """Every line of every file, to look up what was said to it."""

    menu, menu_order, icon = Menu.REGISTER, 30, "rule"
    list_filter = (ChangeStateFilter, ChangeKindFilter)
    headers = (_("姓名"), _("工号"), _("变化"), _("日报"), _("内容"), _("处理人"), _("状态"))
    unit = _("行")
    fields = (
        ("name", "staff_no", "member"),
        ("kind", "on", "run"),
        ("branch_before", "branch_after"),
        "content",
        ("state", "reason", "act"),
        ("decided_by", "decided_at"),
    )
    readonly_fields = ("content",)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("run", "decided_by", "branch_before", "branch_after")

    def row_of(self, change: FeedChange, request: HttpRequest) -> list[Any]:
        return [
            change.name,
            change.staff_no,
            change.get_kind_display(),
            f"{change.run.on:%Y-%m-%d}",
            self.content(change),
            change.decided_by.name if change.decided_by else "",
            {"text": change.get_state_display(), "kind": STATES.get(ChangeState(change.state), "quiet")},
        ]

    @display(description=_("变化内容"), empty_value="—")
    def content(self, change: FeedChange) -> str:
        return feed_words.content(change)
