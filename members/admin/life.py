"""Changes of membership in the browser admin: the record, a new act, a correction, who is due, the ceremonies."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.admin import ChoiceFilter, KeysetAdmin, Menu
from core.admin.acts import act_page
from core.clock import local_date
from core.requests import SignedInRequest
from members import arrears
from members.enums import ActKind
from members.forms.life import ActForm, CategoryForm, CorrectForm, LapsedForm, RetireForm, TermForm, UntilForm
from members.models import Member, MembershipAct
from members.selectors import life as selectors_life
from members.services import life, printing_joining

LIST = "admin:members_membershipact_changelist"


class KindFilter(ChoiceFilter):
    title, parameter_name = _("变动"), "kind"
    known, column = ActKind.choices, "kind"


@admin.register(MembershipAct)
class MembershipActAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 30, "swap_horiz"
    change_list_template = "admin/members/act_list.html"
    change_form_outer_after_template = "admin/members/act_links.html"
    list_filter = (KindFilter,)
    keyset_order = ("-id",)
    headers = (_("姓名"), _("变动"), _("日期"), _("分工会"), _("文号"), _("经办人"), _("状态"))
    empty = _("还没有登记过会籍变动；花名册导入的会籍没有变动记录。")
    fields = (
        ("member", "kind", "on"),
        ("branch_before", "branch_after", "other_union", "kept_reason"),
        ("document", "document_on", "approved_by"),
        ("basis", "reverses"),
        ("operator", "recorded_at"),
    )

    def get_queryset(self, request: HttpRequest):
        return MembershipAct.objects.visible_to(request.user)

    def for_rows(self, queryset, request: HttpRequest):
        return queryset.select_related("member", "branch_before", "branch_after", "operator", "reversed_by")

    def row_of(self, act: MembershipAct, request: HttpRequest) -> list[Any]:
        places = [str(branch) for branch in (act.branch_before, act.branch_after) if branch]
        undone = hasattr(act, "reversed_by")
        return [
            act.member.name,
            act.get_kind_display(),
            f"{act.on:%Y-%m-%d}",
            " → ".join(places) or act.other_union,
            act.document,
            act.operator.name,
            {"text": gettext("已撤销"), "kind": "quiet"} if undone else {"text": gettext("有效"), "kind": "good"},
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("record/", wrap(self.record), name="members_membershipact_record"),
            path("<int:pk>/correct/", wrap(self.correct), name="members_membershipact_correct"),
            path("category/<int:pk>/", wrap(self.category), name="members_membershipact_category"),
            path("retirement/", wrap(self.retirement), name="members_membershipact_retirement"),
            path("lapsed/", wrap(self.lapsed), name="members_membershipact_lapsed"),
            path("ceremonies/", wrap(self.ceremonies), name="members_membershipact_ceremonies"),
            path("ceremonies/list.pdf", wrap(self.ceremony_pdf), name="members_membershipact_ceremony_pdf"),
            *super().get_urls(),
        ]

    def record(self, request: SignedInRequest) -> HttpResponse:
        """登记变动."""
        self._only(request, "members.add_membershipact")
        started = {name: request.GET[name] for name in ("staff_no", "kind") if name in request.GET}
        form = ActForm(request.POST or None, initial=started, user=request.user)

        def act(data: dict[str, Any]) -> str:
            made = record_act(data, form.paper(), request)
            if made.kind == ActKind.DIED and made.member.user and made.member.user.is_active:
                messages.warning(request, gettext("其登录账号仍可使用，请告知系统管理员停用。"))
            return gettext("已登记：%(name)s，%(kind)s。") % {
                "name": made.member.name, "kind": made.get_kind_display(),
            }  # fmt: skip

        return self._page(request, "members.act", gettext("登记会籍变动"), form, act, gettext("登记"))

    def correct(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """撤销变动."""
        self._only(request, "members.correct_membershipact")
        row = get_object_or_404(self.get_queryset(request).select_related("member"), pk=pk)

        def act(data: dict[str, Any]) -> str:
            life.correct(act=row, actor=request.user, at=request.at, **data)
            return gettext("已撤销，会籍恢复原状。")

        facts = {"name": row.member.name, "kind": row.get_kind_display(), "day": f"{row.on:%Y-%m-%d}"}
        said = gettext("%(name)s 的“%(kind)s”（%(day)s）将被撤销，原记录保留。") % facts
        form = CorrectForm(request.POST or None)
        return self._page(
            request, "members.correct", gettext("撤销会籍变动"), form, act, gettext("撤销"), explain=said
        )

    def category(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """人员身份 of one member, on which a woman's retirement age depends."""
        self._only(request, "members.categorise_member")
        member = get_object_or_404(Member.objects.visible_to(request.user), pk=pk)
        form = CategoryForm(request.POST or None, initial={"category": member.staff_category})

        def act(data: dict[str, Any]) -> str:
            life.categorise(member=member, category=data["category"], actor=request.user, at=request.at)
            return gettext("已登记%(name)s的人员身份。") % {"name": member.name}

        return self._page(request, "members.category", f"{member}：{gettext('人员身份')}", form, act, gettext("保存"))

    def retirement(self, request: SignedInRequest) -> HttpResponse:
        """到龄退休名单, with 办理退休 for those who are ticked."""
        self._only(request, "members.view_membershipact")
        today = local_date(request.at)
        asked = UntilForm(request.GET)
        until = (asked.is_valid() and asked.cleaned_data["until"]) or today + timedelta(
            days=selectors_life.DAYS_AHEAD
        )
        due = selectors_life.retirement_due(until=until, on=today)
        if request.method == "POST":
            self._only(request, "members.add_membershipact")
        form = RetireForm(request.POST or None, due=due)

        def act(data: dict[str, Any]) -> str:
            chosen = [row for row in due if str(row.member.pk) in data["members"]]
            for row in chosen:
                last = data["on"] or row.retires_on
                life.retire(member=row.member, on=last, actor=request.user, at=request.at, document=data["document"])
            return gettext("已为 %(count)s 人办理退休。") % {"count": len(chosen)}

        more = {
            "until": until,
            "due": due,
            "unknown": selectors_life.retirement_unknown(on=today),
            "may_retire": request.user.has_perm("members.add_membershipact"),
        }
        return self._page(
            request, "members.retire", gettext("到龄退休名单"), form, act, gettext("办理退休"),
            template="admin/members/retirement.html", **more,
        )  # fmt: skip

    def lapsed(self, request: SignedInRequest) -> HttpResponse:
        """视为退会名单: who has paid no dues for six months; a clerk records what the committee decided."""
        self._only(request, "members.view_membershipact")
        rows = arrears.lapsed(on=local_date(request.at))
        if request.method == "POST":
            self._only(request, "members.add_membershipact")
        form = LapsedForm(request.POST or None, rows=rows)

        def act(data: dict[str, Any]) -> str:
            chosen = [row.member for row in rows if str(row.member.pk) in data["members"]]
            paper = {name: data[name] for name in ("on", "document", "approved_by", "basis")}
            for member in chosen:
                life.leave(member=member, actor=request.user, at=request.at, **paper)
            return gettext("已为 %(count)s 人登记退会。") % {"count": len(chosen)}

        may_record = request.user.has_perm("members.add_membershipact")
        return self._page(
            request, "members.lapsed", gettext("视为退会名单"), form, act, gettext("登记退会"),
            template="admin/members/lapsed.html", rows=rows, may_record=may_record,
        )  # fmt: skip

    @method_decorator(require_safe)
    def ceremonies(self, request: SignedInRequest) -> HttpResponse:
        """入会仪式 and 荣退 as lists."""
        self._only(request, "members.view_membershipact")
        year = local_date(request.at).year
        started = {"kind": "newcomers", "from_on": date(year, 1, 1), "until_on": date(year + 1, 1, 1)}
        form = TermForm(request.GET if "kind" in request.GET else started)
        rows = rows_of(form) if form.is_valid() else []
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("入会仪式与荣退"),
            "form": form,
            "rows": rows,
        }
        return TemplateResponse(request, "admin/members/ceremonies.html", context)

    @method_decorator(require_safe)
    def ceremony_pdf(self, request: SignedInRequest) -> FileResponse:
        self._only(request, "members.view_membershipact")
        form = TermForm(request.GET)
        if not form.is_valid():
            raise Http404
        kind, from_on, until_on = form.term()
        pdf = printing_joining.print_ceremony(
            kind=kind, from_on=from_on, until_on=until_on, actor=request.user, at=request.at
        )
        return FileResponse(BytesIO(pdf), filename=gettext("仪式名单.pdf"), content_type="application/pdf")

    def _only(self, request: SignedInRequest, code: str) -> None:
        if not request.user.has_perm(code):
            raise PermissionDenied

    def _page(self, request, name, title, form, act, button, *, explain="", template="admin/act.html", **more):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **more}
        return act_page(
            request, name=name, title=title, form=form, act=act, back=reverse(LIST), button=button, explain=explain,
            template=template, context=context,
        )  # fmt: skip


def rows_of(form: TermForm):
    kind, from_on, until_on = form.term()
    return getattr(selectors_life, kind)(from_on=from_on, until_on=until_on)


def record_act(data: dict[str, Any], paper: dict[str, Any], request: SignedInRequest) -> MembershipAct:
    """Call the service of the kind that was chosen."""
    member: Member = data["staff_no"]
    given = {"member": member, "on": data["on"], "actor": request.user, "at": request.at, **paper}
    match data["kind"]:
        case ActKind.BRANCH_CHANGE:
            return life.transfer_branch(branch=data["branch"], **given)
        case ActKind.TRANSFERRED_IN:
            return life.transfer_in(branch=data["branch"], other_union=data["other_union"], **given)
        case ActKind.TRANSFERRED_OUT:
            return life.transfer_out(other_union=data["other_union"], **given)
        case ActKind.KEPT:
            return life.keep_membership(reason=data["kept_reason"], **given)
        case ActKind.RESUMED:
            return life.resume(branch=data["branch"], **given)
    simple = {
        ActKind.RETIRED: life.retire,
        ActKind.LEFT: life.leave,
        ActKind.EXPELLED: life.expel,
        ActKind.DIED: life.record_death,
    }
    return simple[ActKind(data["kind"])](**given)
