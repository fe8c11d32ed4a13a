"""What was asked for and refused, in the audit (TRUST.md Q1): services log nothing of it, the request layer does.

The entry is written after the refused act was rolled back. It has no target and no subject: a refusal is no look at
anybody's data. At most ``MOST_BY_ACCOUNT`` an hour of one account, ``MOST_BY_ADDRESS`` of an address that nobody has
signed in from (a campus sits behind one); the last of them says that it is the last.

When the entry cannot be written the answer stays what it was: nothing was changed that would need one (TRUST.md 2.14
is about writes), and a refusal that turned into an error page would help nobody. The log says so as critical.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from core import audit, clock, sealed
from core.errors import last_refusal
from core.models import AuditEntry, User
from core.models.audit import REFUSED

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=1)
MOST_BY_ACCOUNT = 60
MOST_BY_ADDRESS = 600
CODES = {403: "forbidden", 404: "not_found", 409: "conflict"}


def of_request(request: HttpRequest, response: HttpResponse) -> None:
    """Note a POST that was refused, by its status or by a ``DomainError`` on the way, and a page that is forbidden.

    Form errors (200) are no refusal. An address that does not exist is none either: there is nothing to change.
    """
    if request.method != "POST":
        code = CODES[403] if response.status_code == 403 else ""
    else:
        code = last_refusal.get() or CODES.get(response.status_code, "")
    where = request.resolver_match
    if not code or where is None:
        return
    ids = {
        name: str(value) for name, value in where.kwargs.items() if str(value).isdecimal()
    }  # typed text may say who
    data = {"code": code, "status": response.status_code, "method": request.method, "route": where.route, "ids": ids}
    actor = request.user if request.user.is_authenticated else None
    _note(action="core.request.access_refused", actor=actor, data=data, at=request.at)  # type: ignore[attr-defined]


def of_sign_in(*, request: HttpRequest, username: str, code: str = "") -> None:
    """Note a sign-in that failed, or a fresh one asked of somebody signed in.

    What was typed as the account may be a password: it is kept as a keyed hash only. The same queries whether the
    account is known or not (TRUST.md S6).
    """
    account = User.objects.filter(username=username).values("pk", "is_active").first()
    if not code:
        code = "wrong_password" if account else "unknown_account"
        if account and not account["is_active"]:
            code = "disabled"
        if getattr(request, "axes_locked_out", False):
            code = "locked"
    data = {"code": code, "account": account and account["pk"], "typed": sealed.keyed_hash(username)}
    actor = request.user if request.user.is_authenticated else None
    _note(action="core.user.sign_in_refused", actor=actor, data=data, at=clock.now())


def _note(*, action: str, actor: User | None, data: dict[str, Any], at: datetime) -> None:
    recent = AuditEntry.objects.filter(action__endswith=REFUSED, at__gt=at - WINDOW, actor=actor)
    if actor is None:
        recent = recent.filter(address=audit.came_from.get())
    most = MOST_BY_ADDRESS if actor is None else MOST_BY_ACCOUNT
    try:
        with transaction.atomic():
            count = recent.count()
            if count >= most:
                return
            if count == most - 1:
                data["last_of_the_hour"] = True
            audit.record(actor=actor, action=action, data=data, at=at)
    except DatabaseError as error:
        log.critical("refusal not recorded: %s %s (%s)", action, data["code"], type(error).__name__)
