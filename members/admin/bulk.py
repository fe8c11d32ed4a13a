"""An act for everybody whom the list shows, all its pages: confirmed on a page that says how many they are."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.admin.acts import act_page
from core.clock import local_date
from core.requests import SignedInRequest
from members import selection
from members.forms.segments import TransferAllForm
from members.services import bulk

LIST = "admin:members_member_changelist"


def transfer_view(request: SignedInRequest, *, context: dict[str, Any]) -> HttpResponse:
    """调整分工会 for the selection in the address; if it means other people by now, the page asks again."""
    if not request.user.has_perm("members.add_membershipact"):
        raise PermissionDenied
    chosen = selection.read(request.GET.dict())
    people = bulk.chosen_people(chosen=chosen, actor=request.user, at=request.at)
    seen = selection.fingerprint(people)
    form = TransferAllForm(request.POST or None, initial={"seen": seen, "on": local_date(request.at)})

    def act(given: dict[str, Any]) -> str:
        try:
            moved = bulk.transfer_all(chosen=chosen, **given, actor=request.user, at=request.at)
        except bulk.CannotChangeAll as refused:
            if refused.code == bulk.Refusal.CHANGED:
                form.show(seen)
            raise
        return _("已为 %(count)s 人办理分工会调整。") % {"count": moved}

    words = chosen.words(user=request.user, on=local_date(request.at)) or _("全体会员")
    count = (
        _("超过 %(most)s 人，请先缩小范围") % {"most": bulk.MOST}
        if len(people) > bulk.MOST
        else _("共 %(count)s 人") % {"count": len(people)}
    )
    return act_page(
        request,
        name="members.bulk.transfer",
        title=_("批量调整分工会"),
        explain=_("%(words)s：%(count)s。每人各记一条会籍变动，有一人不能办理则全部不办理。")
        % {"words": words, "count": count},
        form=form,
        act=act,
        back=f"{reverse(LIST)}?{chosen.query}",
        button=_("确认调整"),
        context=context,
    )
