"""A ceiling over all gifts of a year's festivals: a share of the union's money (REGULATIONS 6.2, 北京, 上海)."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from core import policies
from core.money import grouped
from finance.models import FiscalYear
from finance.models.fields import NOTHING
from finance.selectors import statement_of
from welfare import rules
from welfare.ceilings import Finding
from welfare.enums import FESTIVALS, BenefitState
from welfare.models import Benefit

KEY = "benefit.festival.budget_share"
LEVY = "402"  # 拨缴经费收入: what a basic union books of the levy is what it retains (财会〔2021〕7号)
OF_LEVY = "拨缴"  # in the row's base; any other base is the year's whole budgeted income


def finding_of(benefit: Benefit, *, people: int, total: Decimal) -> Finding | None:
    """What the dated row says of a festival's list of ``people`` for ``total`` yuan; None where there is no row.

    ``people`` of the finding: everybody, where the year's festivals are over the share with this run.
    """
    if not rules.is_festival(benefit.occasion):
        return None
    on = rules.judged_on(eligible_on=benefit.eligible_on, year=benefit.year, month=benefit.month)
    rule = policies.rule_at(KEY, on=on)
    if rule is None:
        return None
    year = _given(benefit) + total
    base = base_of(benefit.year, rule.base)
    facts = {"rule": str(rule), "basis": rule.decided_by, "base": rule.base, "sum": grouped(year)}
    if base <= 0:
        words = _("%(rule)s（%(basis)s），本年没有“%(base)s”的预算，未能核对。") % facts
        return Finding(rule, 0, words)
    limit = (base * Decimal(str(rule.value)) / 100).quantize(NOTHING)
    facts["limit"] = grouped(limit)
    over = rules.is_over(had=year - total, gets=total, ceiling=limit)
    said = _("超过上限 %(limit)s 元") if over else _("未超过上限 %(limit)s 元")
    words = _("%(rule)s（%(basis)s），本年节日慰问合计 %(sum)s 元，") % facts + said % facts + "。"
    return Finding(rule, people if over else 0, words)


def base_of(year: int, base: str) -> Decimal:
    """The budgeted income of the year that ``base`` means, yuan; nothing where there is no budget."""
    found = FiscalYear.objects.filter(year=year).first()
    if found is None:
        return NOTHING
    statement = statement_of(found)
    if OF_LEVY not in base:
        return statement.income_total.budget or NOTHING
    levies = [head.sums.budget or NOTHING for head in statement.income if head.account.code == LEVY]
    return sum(levies, NOTHING)


def _given(benefit: Benefit) -> Decimal:
    """What the other lists of the year's festivals come to."""
    off = (BenefitState.DRAFT, BenefitState.CANCELLED)
    others = Benefit.objects.filter(year=benefit.year, occasion__in=FESTIVALS).exclude(state__in=off)
    return others.exclude(pk=benefit.pk).aggregate(sum=Sum("total"))["sum"] or NOTHING
