"""How a staff home is graded."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from members.enums import HomeGrade

FULL = 100  # points of a whole sheet (REGULATIONS.md 9)


class HomeRefusal(StrEnum):
    NO_STANDARD = "home_no_standard"
    NOT_A_HUNDRED = "home_not_a_hundred"
    TAKEN = "home_taken"
    WRONG_STATE = "home_wrong_state"
    INCOMPLETE = "home_incomplete"
    OUT_OF_RANGE = "home_out_of_range"
    NO_REASON = "home_no_reason"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    HomeRefusal.NO_STANDARD: _("该年度没有小家考核标准。"),
    HomeRefusal.NOT_A_HUNDRED: _("考核标准的分值合计不是 100 分，请先改正。"),
    HomeRefusal.TAKEN: _("该年度的考核表已经开始填写。"),
    HomeRefusal.WRONG_STATE: _("状态已经变化，请刷新后再看。"),
    HomeRefusal.INCOMPLETE: _("每一项都要打分。"),
    HomeRefusal.OUT_OF_RANGE: _("得分须在零分和标准分之间。"),
    HomeRefusal.NO_REASON: _("请写明退回原因。"),
}


class Line(NamedTuple):
    block: str
    points: int
    got: Decimal


class Bounds(NamedTuple):
    """Least totals of each grade, and the least share of each block in per cent."""

    passed: Decimal
    advanced: Decimal
    model: Decimal
    block: Decimal


def weak_blocks(lines: Iterable[Line], least: Decimal) -> list[str]:
    """Blocks below ``least`` per cent of their points, in order (任一条件低于 70% 不得评为合格)."""
    sums: dict[str, tuple[int, Decimal]] = {}
    for line in lines:
        points, got = sums.get(line.block, (0, Decimal(0)))
        sums[line.block] = (points + line.points, got + line.got)
    return [block for block, (points, got) in sums.items() if got * 100 < least * points]


def grade_of(lines: Iterable[Line], bounds: Bounds) -> HomeGrade:
    """By the total; one weak block and it is not 合格, whatever the total."""
    lines = list(lines)
    total = sum((line.got for line in lines), Decimal(0))
    if total < bounds.passed or weak_blocks(lines, bounds.block):
        return HomeGrade.FAILED
    if total >= bounds.model:
        return HomeGrade.MODEL
    return HomeGrade.ADVANCED if total >= bounds.advanced else HomeGrade.PASSED
