"""Bodies and posts in the browser admin, the chart of a day, and posts beside the rights in the programs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from core.admin import ChoiceFilter, HouseAdmin, Inline, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.requests import SignedInRequest
from members.enums import BodyKind, Position
from members.forms.posts import AppointForm, BodyForm, EndForm
from members.models import Body, Post
from members.rules.posts import Note
from members.selectors import posts as selectors_posts
from members.services import posts
from members.views.chart import day_of


class PostInline(Inline):
    model = Post
    verbose_name_plural = _("任职")
    fields = ("member", "position", "duty", "how", "from_on", "until_on", "document")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("member")


@admin.register(Body)
class BodyAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.BODIES, 20, "account_tree"
    form = BodyForm
    list_display = ("name", "kind", "branch", "from_on", "due_on", "standing")
    list_select_related = ("branch",)
    ordering = ("until_on", "from_on", "pk")
    inlines = (PostInline,)
    change_list_template = "admin/members/body_list.html"
    change_form_template = "admin/members/body.html"
    shown = ("kind", "name", "branch", "from_on", "term_years", "due_on", "until_on", "document")

    def get_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj else BodyForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.shown if obj else ()

    def get_inlines(self, request: HttpRequest, obj):
        return self.inlines if obj and request.user.has_perm("members.view_post") else ()

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def save(self, request: SignedInRequest, form, change: bool) -> Body:
        return posts.found_body(**form.cleaned_data, actor=request.user, at=request.at)

    @display(description=_("状态"), label={"overrun": "danger", "now": "success", "past": "info"})
    def standing(self, body: Body):
        if body.until_on:
            return "past", gettext("已结束")
        today = self.today
        return ("overrun", gettext("任期已满")) if body.due_on and body.due_on <= today else ("now", gettext("在任"))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("chart/", wrap(self.chart), name="members_body_chart"),
            path("roles/", wrap(self.roles), name="members_body_roles"),
            path("<int:pk>/appoint/", wrap(self.appoint), name="members_body_appoint"),
            path("<int:pk>/end/", wrap(self.end), name="members_body_end"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: SignedInRequest, extra_context=None) -> HttpResponse:
        self.today = local_date(request.at)
        overrun = Body.objects.overrun(self.today).count()
        return super().changelist_view(request, {**(extra_context or {}), "overrun": overrun})

    def change_view(self, request: SignedInRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        body = Body.objects.filter(pk=int(object_id)).first() if object_id.isdecimal() else None
        may = body is not None and body.until_on is None and request.user.has_perm("members.add_post")
        given: dict[str, Any] = {**(extra_context or {}), "may": may}
        return super().change_view(request, object_id, form_url, given)

    def _one(self, request: SignedInRequest, pk: int, code: str) -> Body:
        if not request.user.has_perm(f"members.{code}"):
            raise PermissionDenied
        return get_object_or_404(Body, pk=pk)

    def appoint(self, request: SignedInRequest, pk: int) -> HttpResponse:
        body = self._one(request, pk, "add_post")

        def act(given: dict) -> str:
            post = posts.appoint(body=body, **given, actor=request.user, at=request.at)
            for note in post.notes:
                messages.warning(request, gettext("提醒：%(what)s。") % {"what": Note(note["code"]).label})
            return gettext("已登记任职。")

        form = AppointForm(
            request.POST or None, kind=body.kind, initial={"from_on": max(body.from_on, local_date(request.at))}
        )
        title = gettext("登记任职：%(body)s") % {"body": body}
        said = gettext("任职不等于系统授权；需要在系统中办事的，另由安全管理员授权。")
        return self._page(request, "members.post.appoint", title, form, act, pk, explain=said)

    def end(self, request: SignedInRequest, pk: int) -> HttpResponse:
        body = self._one(request, pk, "change_body")

        def act(given: dict) -> str:
            posts.end_body(body=body, **given, actor=request.user, at=request.at)
            return gettext("已结束，任职同日终止。")

        form = EndForm(request.POST or None, initial={"on": local_date(request.at)})
        title = gettext("结束：%(body)s") % {"body": body}
        said = gettext("换届或撤销时办理：机构和其中的全部任职都在这一天结束。")
        return self._page(request, "members.body.end", title, form, act, pk, explain=said)

    def _page(self, request, name, title, form, act, pk, *, explain=""):
        return act_page(
            request,
            name=name,
            title=title,
            form=form,
            act=act,
            back=reverse("admin:members_body_change", args=[pk]),
            button=gettext("登记"),
            explain=explain,
            context={**self.admin_site.each_context(request), "opts": self.opts},
        )

    @method_decorator(require_safe)
    def chart(self, request: SignedInRequest) -> HttpResponse:
        """The union of a day, as the portal shows it."""
        if not request.user.has_perm("members.view_post"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("组织机构图"),
            "chart": selectors_posts.chart_on(day_of(request)),
        }
        return TemplateResponse(request, "admin/members/chart.html", context)

    @method_decorator(require_safe)
    def roles(self, request: SignedInRequest) -> HttpResponse:
        if not request.user.has_perm("members.compare_roles"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("任职与授权对照"),
            "compared": selectors_posts.posts_beside_roles(local_date(request.at)),
        }
        return TemplateResponse(request, "admin/members/post_roles.html", context)


class KindFilter(ChoiceFilter):
    title, parameter_name = _("机构"), "kind"
    known, column = BodyKind.choices, "body__kind"


class PositionFilter(ChoiceFilter):
    title, parameter_name = _("职务"), "position"
    known, column = Position.choices, "position"


class NowFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "now"
    known = (("yes", _("在任")), ("no", _("已卸任")))

    def narrow(self, request: HttpRequest, queryset, value: str):
        today = local_date(request.at)  # type: ignore[attr-defined]
        now = Post.objects.on(today).values("pk")
        return queryset.filter(pk__in=now) if value == "yes" else queryset.exclude(pk__in=now)


@admin.register(Post)
class PostAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 30, "badge"
    list_filter = (NowFilter, KindFilter, PositionFilter)
    headers = (_("姓名"), _("工号"), _("机构"), _("职务"), _("产生方式"), _("起"), _("止"), _("提醒"))
    unit = _("个任职")
    empty = _("没有符合条件的任职。")
    change_form_template = "admin/members/post.html"
    fields = (
        ("person", "body"),
        ("position", "duty"),
        ("how", "document"),
        ("from_on", "until_on"),
        ("end_document", "warned"),
    )
    readonly_fields = ("person", "warned")

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member", "body")

    def row_of(self, post: Post, request: HttpRequest) -> list[Any]:
        return [
            post.member.name,
            post.member.staff_no,
            post.body.name,
            post.get_position_display(),
            post.get_how_display(),
            f"{post.from_on:%Y-%m-%d}",
            f"{post.until_on:%Y-%m-%d}" if post.until_on else "",
            {"text": gettext("%(n)s 项") % {"n": len(post.notes)}, "kind": "warn"} if post.notes else "",
        ]

    def get_urls(self) -> list[URLPattern]:
        end = path("<int:pk>/end/", self.admin_site.admin_view(self.end), name="members_post_end")
        return [end, *super().get_urls()]

    def end(self, request: SignedInRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("members.change_post"):
            raise PermissionDenied
        post = get_object_or_404(Post.objects.select_related("member", "body"), pk=pk)

        def act(given: dict) -> str:
            posts.end(post=post, **given, actor=request.user, at=request.at)
            return gettext("已登记卸任。")

        return act_page(
            request,
            name="members.post.end",
            title=gettext("卸任：%(who)s %(what)s") % {"who": post.member.name, "what": post.get_position_display()},
            form=EndForm(request.POST or None, initial={"on": local_date(request.at)}),
            act=act,
            back=reverse("admin:members_post_change", args=[pk]),
            button=gettext("登记"),
            context={**self.admin_site.each_context(request), "opts": self.opts},
        )

    @display(description=_("会员"))
    def person(self, post: Post) -> str:
        return str(post.member)

    @display(description=_("提醒"), empty_value="—")
    def warned(self, post: Post) -> str | None:
        return "；".join(Note(note["code"]).label for note in post.notes) or None
