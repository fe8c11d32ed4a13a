"""The pay on which dues are counted, as payroll hands it over: one file for all, judged row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit
from core.errors import DomainError
from core.models import User
from core.spreadsheets.sheets import Formula, open_sheets
from members.models import Member, PayBasis
from members.services.dues import CannotKeepDues, put_basis
from members.services.roster_columns import wording
from members.services.roster_rows import staff_no_of

_STAFF_NO = ("工号", "职工号", "人员编号")
_WHOLE = ("缴费基数", "会费基数", "基数")
_PARTS = ("岗位工资", "薪级工资")
_MOST = Decimal(1_000_000)  # yuan a month; more is an ID number or a card in the wrong column
_CENT = Decimal("0.01")


class Refusal(StrEnum):
    NO_HEADER = "pay_file_no_header"


class Verdict(TextChoices):
    """Why a row is not taken."""

    STAFF_NO_UNKNOWN = "staff_no_unknown", gettext_lazy("没有这个工号的会员")
    STAFF_NO_DUPLICATE = "staff_no_duplicate", gettext_lazy("工号与前面某行重复")
    STAFF_NO_MERGED = "staff_no_merged", gettext_lazy("该工号的档案已并入另一份，请改用现用工号")
    AMOUNT_UNREADABLE = "amount_unreadable", gettext_lazy("金额无法识别")
    EARLIER_BASIS = "earlier_basis", gettext_lazy("已登记更晚月份的基数")


class CannotImport(DomainError):
    """The file is refused as a whole; nothing of it was stored."""


@dataclass(frozen=True)
class Line:
    """One row: its number in the file, the staff number, yuan a month (None: unreadable)."""

    row: int
    staff_no: str
    monthly: Decimal | None


@dataclass
class PayReport:
    """Rows taken, and those left out with the reason."""

    changed: int = 0
    unchanged: int = 0
    rejected: list[tuple[Line, Verdict]] = field(default_factory=list)


@transaction.atomic
def import_pay(*, file: Any, filename: str, from_on: date, actor: User, at: datetime) -> PayReport:
    """Take 缴费基数, or 岗位工资 + 薪级工资 (yuan a month), of everybody in the file from the month ``from_on`` on.

    A row that cannot be taken is reported and leaves the others. Raises ``PermissionDenied``, ``CannotImport`` or
    ``core.spreadsheets.refusals.CannotRead``.
    """
    if not actor.has_perm("members.keep_paybasis"):
        raise PermissionDenied
    lines = _read(file, filename)
    people = Member.objects.in_bulk({line.staff_no for line in lines}, field_name="staff_no")
    report, seen = PayReport(), set[str]()
    for line in lines:
        verdict = _refused(line, people.get(line.staff_no), repeated=line.staff_no in seen)
        seen.add(line.staff_no)
        verdict = verdict or _take(line, people[line.staff_no], from_on, filename, report)
        if verdict:
            report.rejected.append((line, verdict))
    counts = {"changed": report.changed, "unchanged": report.unchanged, "rejected": len(report.rejected)}
    audit.record(actor=actor, action="members.paybasis.imported", data={"from_on": str(from_on), **counts}, at=at)
    return report


def _refused(line: Line, member: Member | None, *, repeated: bool) -> Verdict | None:
    if repeated:
        return Verdict.STAFF_NO_DUPLICATE
    if member is None:
        return Verdict.STAFF_NO_UNKNOWN
    if member.merged_into_id is not None:
        return Verdict.STAFF_NO_MERGED
    return Verdict.AMOUNT_UNREADABLE if line.monthly is None else None


def _take(line: Line, member: Member, from_on: date, filename: str, report: PayReport) -> Verdict | None:
    monthly = line.monthly or Decimal(0)
    if PayBasis.objects.filter(member=member, monthly=monthly, from_on__lte=from_on, until_on=None).exists():
        report.unchanged += 1
        return None
    try:
        put_basis(member=member, monthly=monthly, from_on=from_on, source=filename[-100:])
    except CannotKeepDues as refused:
        if refused.code != "dues_basis_earlier":
            raise
        return Verdict.EARLIER_BASIS
    report.changed += 1
    return None


def _read(file: Any, filename: str) -> list[Line]:
    lines: list[Line] = []
    columns: tuple[int, list[int]] | None = None
    with open_sheets(file, filename=filename) as sheets:
        for number, cells in (row for sheet in sheets[:1] for row in sheet.rows):
            if columns is None:
                columns = _columns([wording(cell) for cell in cells])
            elif staff_no := staff_no_of(_cell(cells, columns[0])):
                lines.append(Line(number, staff_no, _sum(_cell(cells, place) for place in columns[1])))
    if columns is None:
        raise CannotImport(Refusal.NO_HEADER, _("找不到写有“工号”和“缴费基数”（或“岗位工资”“薪级工资”）的表头。"))
    return lines


def _columns(words: list[str]) -> tuple[int, list[int]] | None:
    """Where the staff number stands, and the one or two columns whose sum is the basis."""
    numbers = [place for place, word in enumerate(words) if word in _STAFF_NO]
    whole = [place for place, word in enumerate(words) if word in _WHOLE][:1]
    parts = [words.index(word) for word in _PARTS if word in words]
    if not numbers or not (whole or len(parts) == len(_PARTS)):
        return None
    return numbers[0], whole or parts


def _cell(cells: Sequence[Any], place: int) -> Any:
    return cells[place] if place < len(cells) else ""


def _sum(cells: Iterator[Any]) -> Decimal | None:
    """The sum of the cells in yuan, two places; None where one of them is no amount."""
    total = Decimal(0)
    for cell in cells:
        value = cell.value if isinstance(cell, Formula) else cell
        try:
            amount = Decimal(str(value).replace(",", "").replace("，", "").strip())
        except InvalidOperation:
            return None
        if not amount.is_finite() or not 0 <= amount <= _MOST:
            return None
        total += amount
    return total.quantize(_CENT)
