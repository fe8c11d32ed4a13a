"""The acts of a run, each a page of its own: dry run, freeze, line, approve, start, settle, cancel, exception."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.admin.acts import act_on
from core.clock import local_date
from core.forms import ReasonForm
from core.money import grouped
from core.requests import SignedInRequest
from core.signin.afresh import signed_afresh
from finance.admin.lines import key_of
from members.models import Branch
from welfare import story
from welfare.due import people_of
from welfare.enums import OutReason
from welfare.forms import ExceptionForm, FetchForm, LineForm, SettleForm
from welfare.models import Benefit
from welfare.services import approving, drafting, exceptions, freezing

SHOWN = 100  # people on a page of the dry run


class BenefitSteps:
    """Beside ``BenefitAdmin``: the addresses behind its buttons."""

    admin_site: Any
    opts: Any

    def step_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = {
            **{"dry-run": self.dry_run, "freeze": self.freeze, "line": self.line, "approve": self.approve},
            **{"start": self.start, "settle": self.settle, "cancel": self.cancel, "except": self.ask_exception},
            "fetch-until": self.fetch_until,
        }
        return [
            path(f"<int:pk>/{name}/", wrap(act), name=f"welfare_benefit_{name.replace('-', '_')}")
            for name, act in acts.items()
        ]

    def _run(self, request: SignedInRequest, pk: int, code: str) -> Benefit:
        if not request.user.has_perm(f"welfare.{code}"):
            raise PermissionDenied
        rows = Benefit.objects.visible_to(request.user).select_related("line__account__parent", "line__branch")
        return get_object_or_404(rows.select_related("line__year"), pk=pk)

    def _page(
        self,
        request: SignedInRequest,
        run: Benefit,
        act: Callable[[dict[str, Any]], str],
        *,
        name: str,
        button: str,
        form: forms.Form | None = None,
        explain: str = "",
    ) -> HttpResponse:
        named = {"name": f"welfare.benefit.{name}", "title": f"{button}：{run}", "button": button}
        return act_on(self, request, run, act, **named, form=form, explain=explain)  # type: ignore[arg-type]

    @method_decorator(require_safe)
    def dry_run(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """What a freeze of this moment would find; nothing is written."""
        run = self._run(request, pk, "view_benefit")
        judged, ceilings = freezing.dry_run(run, at=request.at)
        asked = request.GET.get("reason", "")
        reason = asked if asked in OutReason.values else ""
        page = request.GET.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 5 else 1
        people = people_of(
            run,
            ceilings,
            reason=reason,
            today=local_date(request.at),
            most=SHOWN + 1,
            skip=SHOWN * max(number - 1, 0),
        )
        shown = list(people)
        names = Branch.objects.filter(pk__in=judged.people).order_by("position", "pk")
        given = {
            "title": _("试算：%(run)s") % {"run": run},
            "run": run,
            "judged": judged,
            "branches": [(branch.short_name, judged.people[branch.pk]) for branch in names],
            "reasons": [(OutReason(one), count) for one, count in sorted(judged.outs.items())],
            "reason": OutReason(reason),
            "people": shown[:SHOWN],
            "page": number,
            "more": number + 1 if len(shown) > SHOWN else None,
            "may_freeze": request.user.has_perm("welfare.freeze_benefit") and run.state == "draft",
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/welfare/dry_run.html", {**self.admin_site.each_context(request), **given}
        )

    def freeze(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "freeze_benefit")

        def act(given: dict[str, Any]) -> str:
            done = freezing.freeze(benefit=run, actor=request.user, at=request.at)
            facts = {"people": done.people, "total": grouped(done.total)}
            return _("已定名单：%(people)d 人，%(total)s 元，等待主席批准。") % facts

        said = _("按 %(day)s 的名册定名单，每人 %(yuan)s 元。定后名单不再变化，变动须作为例外提出并由主席批准。")
        facts = {"day": story.cut_off_of(run), "yuan": grouped(run.per_head)}
        return self._page(request, run, act, name="freeze", button=_("定名单"), explain=said % facts)

    def line(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "change_benefit")

        def act(given: dict[str, Any]) -> str:
            drafting.choose_line(benefit=run, line=given["line"], actor=request.user, at=request.at)
            return _("已选择预算。")

        form = LineForm(request.POST or None, initial={"line": run.line_id})
        return self._page(request, run, act, name="line", button=_("选择预算"), form=form)

    def approve(self, request: SignedInRequest, pk: int) -> HttpResponse:
        return self._approving(request, self._run(request, pk, "approve_benefit"))

    @method_decorator(signed_afresh)
    def _approving(self, request: SignedInRequest, run: Benefit) -> HttpResponse:
        """Holds the fund's money back: after a fresh sign-in."""

        def act(given: dict[str, Any]) -> str:
            done = approving.approve(benefit=run, key=key_of(request), actor=request.user, at=request.at)
            return _("已批准，占用预算 %(total)s 元。") % {"total": grouped(done.reserved)}

        facts = {
            "people": run.people,
            "total": grouped(run.total),
            "line": run.line.name if run.line else _("未选择"),
        }
        said = _("名单 %(people)d 人，%(total)s 元，从“%(line)s”占用。") % facts
        said += "".join(f" {note['words']}" for note in run.notes if note["people"])
        return self._page(request, run, act, name="approve", button=_("批准"), explain=said)

    def start(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "start_benefit")

        def act(given: dict[str, Any]) -> str:
            approving.start(benefit=run, **given, actor=request.user, at=request.at)
            return _("已开始发放。")

        said = _("开始后，各分工会和会员本人能看到这次发放。")
        form = FetchForm(request.POST or None)
        return self._page(request, run, act, name="start", button=_("开始发放"), form=form, explain=said)

    def fetch_until(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "start_benefit")

        def act(given: dict[str, Any]) -> str:
            approving.set_fetch_until(benefit=run, **given, actor=request.user, at=request.at)
            return _("已保存领取截止日。")

        said = _("还没有发出的提醒随之改期，已经发出的不再重发。")
        form = FetchForm(request.POST or None, initial={"fetch_until_on": run.fetch_until_on})
        return self._page(request, run, act, name="fetch_until", button=_("领取截止日"), form=form, explain=said)

    def settle(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "settle_benefit")

        def act(given: dict[str, Any]) -> str:
            paper = given["rest"] == "received"
            by: dict[str, Any] = {"key": key_of(request), "actor": request.user, "at": request.at}
            done = approving.settle(benefit=run, all_received=paper, reason=given["reason"], **by)
            return _("已结清，列支 %(spent)s 元。") % {"spent": grouped(done.spent)}

        left = sum(share.left for share in story.shares_of(run))
        said = _("名单 %(people)d 人，其中待领取 %(left)d 人。已领取的列支，其余占用释放；结清后不能撤销。")
        form = SettleForm(request.POST or None)
        facts = {"people": run.people, "left": left}
        return self._page(request, run, act, name="settle", button=_("结清"), form=form, explain=said % facts)

    def cancel(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "cancel_benefit")

        def act(given: dict[str, Any]) -> str:
            by: dict[str, Any] = {"key": key_of(request), "actor": request.user, "at": request.at}
            drafting.cancel(benefit=run, reason=given["reason"], **by)
            return _("已取消，占用的预算已释放。")

        said = _("取消后不能恢复；名单保留备查，不再计入每人全年合计。")
        form = ReasonForm(request.POST or None)
        return self._page(request, run, act, name="cancel", button=_("取消发放"), form=form, explain=said)

    def ask_exception(self, request: SignedInRequest, pk: int) -> HttpResponse:
        run = self._run(request, pk, "ask_benefitexception")

        def act(given: dict[str, Any]) -> str:
            exceptions.ask_exception(benefit=run, **given, actor=request.user, at=request.at)
            return _("已提出，等待主席批准。")

        said = _("名单定后入会、去世、调动等变动在这里提出，由另一人批准后生效。")
        form = ExceptionForm(request.POST or None)
        return self._page(request, run, act, name="except", button=_("提出名单例外"), form=form, explain=said)
