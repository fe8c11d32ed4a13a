"""Signing claims in the admin after a fresh sign-in: one on its page, or all that are chosen of those that wait."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from core import intents
from core.admin import KeysetAdmin
from core.admin.acts import act_page
from core.money import grouped, rmb_words
from core.requests import SignedInRequest
from core.signin.afresh import signed_afresh
from finance.forms_expenses import MOST, DecideForm, SignAllForm
from finance.models import Expense
from finance.rules import ZERO
from finance.services.signing import Answer, approve_each
from finance.story import decide, story_of

LIST = "admin:finance_expense_changelist"


@signed_afresh
def sign_view(request: SignedInRequest, page: KeysetAdmin, row: Expense) -> HttpResponse:
    """同意、退回 or 不予报销, under what the page shows."""

    def act(given: dict[str, Any]) -> str:
        return decide(row, given["do"], given, actor=request.user, at=request.at)

    facts = {"name": row.applicant.name, "amount": grouped(row.amount)}
    return act_page(
        request,
        name="finance.expense.decide",
        title=gettext("审批报销单 %(claim)s") % {"claim": row},
        explain=gettext("%(name)s 申请报销 %(amount)s 元。请核对以下内容；批准后任何改动都会使审批作废。") % facts,
        form=DecideForm(request.POST or None, initial={"digest": row.digest}),
        act=act,
        back=reverse("admin:finance_expense_change", args=[row.pk]),
        button=gettext("确定"),
        template="admin/finance/expense_decide.html",
        context=page.admin_site.each_context(request) | story_of(row) | {"words": rmb_words(row.amount)},
    )


@signed_afresh
def sign_all_view(request: SignedInRequest, page: KeysetAdmin) -> HttpResponse:
    """批准所选: each of the chosen claims is signed by itself; whoever is refused does not stop the others."""
    form = SignAllForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = request.POST.get(intents.FIELD, "")
        chosen = form.cleaned_data["chosen"]
        _tell(request, approve_each(chosen=chosen, key=key, actor=request.user, at=request.at))
        return redirect(LIST)
    waiting = Expense.objects.visible_to(request.user).waiting_for(request.user).told().order_by("submitted_at", "pk")
    rows = [(row, row.line.available < row.amount) for row in waiting[:MOST]]
    shown = {"title": gettext("批量审批"), "form": form, "rows": rows, "opts": page.opts}
    context = page.admin_site.each_context(request)
    return TemplateResponse(request, "admin/finance/expense_sign_all.html", context | shown)


def _tell(request: SignedInRequest, answers: list[Answer]) -> None:
    done = [answer.expense for answer in answers if not answer.why]
    if done:
        facts = {"count": len(done), "total": grouped(sum((one.amount for one in done), ZERO))}
        messages.success(request, gettext("已同意 %(count)d 份，合计 %(total)s 元。") % facts)
    for answer in answers:
        if answer.why:
            facts = {"claim": answer.expense, "why": answer.why}
            messages.warning(request, gettext("%(claim)s 未办理：%(why)s") % facts)
