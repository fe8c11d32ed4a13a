"""Other lists of the register that leave the house: who is due to retire, honours."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, exports
from core.exports import Column, Line, Parameters
from core.models import User
from members.enums import HonourKind, HonourLevel, HonourState
from members.models import Honour
from members.selectors import life as selectors_life
from members.selectors.life import DAYS_AHEAD, Due

RETIREMENT, HONOURS = "members.retirement_due", "members.honours"

# Name -> heading, width, value.
DUE: dict[str, tuple[Any, int, Any]] = {
    "staff_no": (gettext_lazy("工号"), 12, lambda due: due.member.staff_no),
    "name": (gettext_lazy("姓名"), 12, lambda due: due.member.name),
    "sex": (gettext_lazy("性别"), 6, lambda due: due.member.get_sex_display()),
    "birth_on": (gettext_lazy("出生日期"), 12, lambda due: due.member.birth_on),
    "branch": (gettext_lazy("分工会"), 16, lambda due: due.branch),
    "category": (gettext_lazy("人员身份"), 24, lambda due: _category(due)),
    "retires_on": (gettext_lazy("到龄日"), 12, lambda due: due.retires_on),
    "rule": (gettext_lazy("推算依据"), 24, lambda due: due.rule.decided_by),
}


def _category(due: Due) -> str:
    if due.is_assumed:
        return _("未登记，按干部推算")
    return due.member.get_staff_category_display()  # type: ignore[attr-defined, no-any-return]


def _until(parameters: Parameters) -> date:
    """The asked day; where there is none, as far as the list on the screen looks ahead."""
    try:
        return date.fromisoformat(parameters["until"])
    except (KeyError, ValueError):
        return clock.today() + timedelta(days=DAYS_AHEAD)


def _clean_until(given: Mapping[str, str]) -> Parameters:
    """The day is kept, so that the file is the list of the day it was asked for."""
    until = _until(dict(given))
    return {"until": until.isoformat()} if 1949 <= until.year <= 2200 else {"until": f"{clock.today():%Y-%m-%d}"}


def _due(parameters: Parameters) -> list[Due]:
    return selectors_life.retirement_due(until=_until(parameters), on=clock.today())


def _due_rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
    for due in _due(parameters):
        yield due.member.pk, [DUE[name][2](due) for name in columns]


exports.kind(
    RETIREMENT,
    title=gettext_lazy("到龄退休名单"),
    permission="members.export_member",
    columns=tuple(Column(name, heading, width) for name, (heading, width, _value) in DUE.items()),
    count=lambda actor, parameters: len(_due(parameters)),
    rows=_due_rows,
    words=lambda parameters: _("到龄日截至 %(day)s") % {"day": f"{_until(parameters):%Y-%m-%d}"},
    clean=_clean_until,
)

HONOUR: dict[str, tuple[Any, int, Any]] = {
    "year": (gettext_lazy("年度"), 8, lambda row, member: row.year),
    "title": (gettext_lazy("荣誉名称"), 32, lambda row, member: row.title),
    "level": (gettext_lazy("级别"), 8, lambda row, member: row.get_level_display()),
    "kind": (gettext_lazy("类别"), 8, lambda row, member: row.get_kind_display()),
    "holder": (gettext_lazy("获奖人"), 12, lambda row, member: member.name if member else ""),
    "staff_no": (gettext_lazy("工号"), 12, lambda row, member: member.staff_no if member else ""),
    "team": (gettext_lazy("集体或家庭名称"), 20, lambda row, member: row.team),
    "branch": (gettext_lazy("分工会"), 16, lambda row, member: row.branch.short_name if row.branch else ""),
    "issuer": (gettext_lazy("授予单位"), 24, lambda row, member: row.issuer),
    "document": (gettext_lazy("文号"), 18, lambda row, member: row.document),
    "awarded_on": (gettext_lazy("授予日期"), 12, lambda row, member: row.awarded_on),
    "state": (gettext_lazy("状态"), 8, lambda row, member: row.get_state_display()),
}
_CHOICES = {"level": HonourLevel, "kind": HonourKind, "state": HonourState}


def _clean_honours(given: Mapping[str, str]) -> Parameters:
    """The filters of the admin's list; a value that it does not know is left out there too."""
    kept: Parameters = {name: given[name] for name, known in _CHOICES.items() if given.get(name) in known.values}
    year = given.get("year", "")
    return kept | ({"year": year} if len(year) == 4 and year.isascii() and year.isdigit() else {})


def _honours(actor: User, parameters: Parameters):
    return Honour.objects.visible_to(actor).filter(**parameters)


def _honour_words(parameters: Parameters) -> str:
    said = [str(known(parameters[name]).label) for name, known in _CHOICES.items() if name in parameters]
    return "，".join([f"{parameters['year']}年", *said] if "year" in parameters else said)


def _honour_count(actor: User, parameters: Parameters) -> int:
    return sum(1 for _line in _honour_rows(actor, parameters, []))


def _honour_rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
    """A row for each who holds it, so that everybody is told; one row where nobody is named."""
    found = _honours(actor, parameters).order_by("-year", "-pk").select_related("branch")
    for row in found.prefetch_related("holders__member").iterator(chunk_size=500):
        for member in [holder.member for holder in row.holders.all()] or [None]:
            yield member.pk if member else None, [HONOUR[name][2](row, member) for name in columns]


exports.kind(
    HONOURS,
    title=gettext_lazy("荣誉名单"),
    permission="members.export_member",
    columns=tuple(Column(name, heading, width) for name, (heading, width, _value) in HONOUR.items()),
    count=_honour_count,
    rows=_honour_rows,
    words=_honour_words,
    clean=_clean_honours,
)
