"""消费帮扶: what share of a calendar year's purchases comes from assistance areas, run by run."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from core import policies
from core.models import PolicyRule
from finance.models.fields import NOTHING
from welfare import rules
from welfare.models import Benefit, Purchase

TARGET = "benefit.assistance_share.target"
_AIDING = ~Q(area="")


@dataclass(frozen=True)
class Share:
    """``aided`` of ``bought`` yuan, ``platform`` of it through 832 平台."""

    bought: Decimal
    aided: Decimal
    platform: Decimal = NOTHING

    @property
    def percent(self) -> Decimal | None:
        return rules.share_in_percent(self.aided, self.bought)


@dataclass(frozen=True)
class RunShare:
    """One run's part of the year."""

    run: Benefit
    share: Share


@dataclass(frozen=True)
class YearShare:
    """``rule``: the dated row that says how much it should be, percent; None: nothing is in force."""

    year: int
    share: Share
    runs: list[RunShare]
    rule: PolicyRule | None

    @property
    def target(self) -> Decimal | None:
        return Decimal(str(self.rule.value)) if self.rule else None

    @property
    def reached(self) -> bool:
        return self.target is not None and rules.reaches(self.share.aided, self.share.bought, target=self.target)

    @property
    def missing(self) -> Decimal:
        """Yuan that would have had to come from there."""
        if self.target is None or self.reached:
            return NOTHING
        return (self.share.bought * self.target / 100 - self.share.aided).quantize(NOTHING)


def year_share(year: int, *, today: date) -> YearShare:
    """The year's purchases by their day; judged by the rule of its last day, or of today. Three queries."""
    rows = Purchase.objects.standing().filter(bought_on__year=year)
    rule = policies.rule_at(TARGET, on=min(today, date(year, 12, 31)))
    return YearShare(year, Share(**rows.aggregate(**_sums())), _by_run(rows), rule)


def years_with_purchases() -> list[int]:
    """The newest first."""
    return [day.year for day in Purchase.objects.standing().order_by().dates("bought_on", "year", order="DESC")]


def _sums() -> dict[str, Sum]:
    return {
        "bought": Sum("amount", default=NOTHING),
        "aided": Sum("amount", filter=_AIDING, default=NOTHING),
        "platform": Sum("amount", filter=Q(by_platform=True), default=NOTHING),
    }


def _by_run(rows) -> list[RunShare]:
    counted = {row.pop("benefit"): Share(**row) for row in rows.order_by().values("benefit").annotate(**_sums())}
    runs = Benefit.objects.filter(pk__in=counted).order_by("pk")
    return [RunShare(run, counted[run.pk]) for run in runs]
