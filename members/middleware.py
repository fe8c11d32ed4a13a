"""What stands before the pages: nobody writes by a dead person's account, and who is in the register is first told
what happens to his data (PIPL Art 17, 30)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, OuterRef, Subquery, When
from django.db.models.functions import Now, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core import user_facts
from members.models import Consent, ConsentText, Member
from members.selectors.life import died

NOTICE = "members:notice"
# Signing in and out, the admin with the files and exports that its pages lead to, and what anybody may read.
OPEN_PLACES = ("/accounts/", "/admin/", "/files/", "/exports/", "/notices/public/", "/health/")


def _notice_due() -> Case:
    """The notice in force that the account's own record has not taken note of; null where there is no such thing."""
    in_force = Subquery(ConsentText.objects.notice(TruncDate(Now())).values("pk"))
    noted = Consent.objects.filter(member=OuterRef("pk"), text=in_force)
    unaware = Member.objects.filter(~Exists(noted), user=OuterRef("pk"))
    return Case(When(Exists(unaware), then=in_force))


user_facts.add("notice_due", _notice_due())
user_facts.add("has_died", ExpressionWrapper(died(OuterRef("pk")), output_field=BooleanField()))


class NothingFromTheDead:
    """An account whose person has died writes nothing any more until the system administrator disables it.

    Its pages can still be read, and it can be signed out; a death recorded by mistake is corrected by a colleague.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        user, where = request.user, request.resolver_match
        if request.method != "POST" or not user.is_authenticated or where is None:
            return
        if where.view_name != "account_logout" and user.has_died:  # type: ignore[attr-defined]
            raise PermissionDenied


class NoticeFirst:
    """Every page of the portal leads to the notice in force until it is taken note of; a new version asks again.

    No notice: nothing to read. What was posted from a page opened before is not carried out, and he is told so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user, where = request.user, request.resolver_match
        if not user.is_authenticated or where is None or where.view_name == NOTICE:
            return None
        if request.path.startswith(OPEN_PLACES) or user.notice_due is None:  # type: ignore[attr-defined]
            return None
        if request.method == "POST":
            messages.info(request, _("请先阅读个人信息告知书。刚才的内容没有提交，请返回后重新提交。"))
            return redirect(NOTICE)
        return redirect(f"{reverse(NOTICE)}?{urlencode({'next': request.get_full_path()})}")
