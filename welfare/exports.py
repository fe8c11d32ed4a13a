"""Lists of welfare that leave the house: the people of the runs, each with amount and reason."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import exports
from core.exports import Column, Drawn, Line, Parameters
from core.models import User
from members.models import Branch
from welfare.enums import IN_THE_RUN, EntitlementState, OutReason
from welfare.models import Benefit, Entitlement
from welfare.services import sheets

ENTITLEMENTS, SHEETS = "welfare.entitlements", "welfare.sheets"
# Name -> heading, width, value.
SHARE: dict[str, tuple[Any, int, Any]] = {
    "run": (gettext_lazy("发放"), 24, lambda row: str(row.benefit)),
    "branch": (gettext_lazy("分工会"), 16, lambda row: row.branch.short_name if row.branch else ""),
    "name": (gettext_lazy("姓名"), 12, lambda row: row.member.name),
    "staff_no": (gettext_lazy("工号"), 12, lambda row: row.member.staff_no),
    "amount": (gettext_lazy("金额（元）"), 12, lambda row: row.amount),
    "state": (gettext_lazy("状态"), 12, lambda row: row.get_state_display()),
    "reason": (gettext_lazy("原因"), 16, lambda row: row.get_reason_display() if row.reason else ""),
    "reason_on": (gettext_lazy("原因日期或生日"), 14, lambda row: row.reason_on),
    "received_on": (gettext_lazy("领取日期"), 12, lambda row: row.received_on),
}
_NUMBERS = {"run": "benefit", "branch": "branch"}
_CHOICES = {"state": EntitlementState, "reason": OutReason}


def _clean(given: Mapping[str, str]) -> Parameters:
    """The filters of the admin's list; a value that it does not know is left out there too."""
    asked = {name: given.get(name, "") for name in _CHOICES}
    kept: Parameters = {name: asked[name] for name, known in _CHOICES.items() if asked[name] and asked[name] in known}
    for name in _NUMBERS:
        value = given.get(name, "")
        if value.isascii() and value.isdecimal() and len(value) < 19:
            kept[name] = int(value)
    return kept


def _found(actor: User, parameters: Parameters):
    asked = {_NUMBERS.get(name, name): value for name, value in parameters.items()}
    return Entitlement.objects.visible_to(actor).filter(**asked)


def _rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
    rows = _found(actor, parameters).select_related("benefit", "branch", "member")
    for row in rows.order_by("benefit", "branch__position", "branch", "pk").iterator(chunk_size=2000):
        yield row.member_id, [SHARE[name][2](row) for name in columns]


def _words(parameters: Parameters) -> str:
    said = [str(known(parameters[name]).label) for name, known in _CHOICES.items() if parameters.get(name)]
    if "branch" in parameters:
        said += Branch.objects.filter(pk=parameters["branch"]).values_list("short_name", flat=True)
    if "run" in parameters:
        said = [*map(str, Benefit.objects.filter(pk=parameters["run"])), *said]
    return "，".join(said) or _("全部发放")


exports.kind(
    ENTITLEMENTS,
    title=gettext_lazy("福利发放名单"),
    permission="welfare.export_entitlement",
    columns=tuple(Column(name, heading, width) for name, (heading, width, _value) in SHARE.items()),
    count=lambda actor, parameters: _found(actor, parameters).count(),
    rows=_rows,
    words=_words,
    clean=_clean,
)


def _run_of(actor: User, parameters: Parameters) -> Benefit | None:
    printed = Benefit.objects.visible_to(actor).filter(state__in=sheets.PRINTED_IN)
    return printed.filter(pk=parameters["run"]).first() if "run" in parameters else None


def _signing(actor: User, parameters: Parameters) -> int:
    return Entitlement.objects.filter(benefit=_run_of(actor, parameters), state__in=IN_THE_RUN).count()


def _sheets(actor: User, parameters: Parameters, at: datetime, progress: Callable[[int], None]) -> Drawn:
    run = _run_of(actor, parameters)
    return Drawn(*sheets.draw_all(benefit=run, at=at, progress=progress)) if run else Drawn(b"", set())


exports.kind(
    SHEETS,
    title=gettext_lazy("全部签领表"),
    permission="welfare.print_all_sheets",
    count=_signing,
    document=_sheets,
    unit=gettext_lazy("人"),
    purpose=gettext_lazy("线下领取签字"),
    words=_words,
    clean=lambda given: {name: value for name, value in _clean(given).items() if name == "run"},
)
