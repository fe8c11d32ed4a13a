"""Fiscal years (REGULATIONS.md 8.2): a calendar year's budget is planned, carried out and closed, in that order."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from finance.enums import YearState
from finance.models.fields import NOTHING, actor, money


class FiscalYear(FSMModelMixin, models.Model):
    """One calendar year. The database lets it go forwards only, and nothing be booked into a closed one."""

    year = models.PositiveSmallIntegerField(_("年度"), unique=True)
    state = FSMField(_("状态"), max_length=8, choices=YearState.choices, default=YearState.PLANNED, protected=True)
    carried_over = money(_("上年结转（元）"), default=NOTHING)
    drawn = money(_("动用以前年度结余（元）"), default=NOTHING)
    document = models.CharField(_("预算批准文件"), max_length=100, blank=True)
    planned_by = actor(_("编制人"))
    planned_at = models.DateTimeField(_("编制时间"))
    opened_by = actor(_("启用人"), null=True, blank=True)
    opened_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    closed_by = actor(_("结账人"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结账时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("预算年度")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(name="fiscal_year_state_known", condition=Q(state__in=YearState.values)),
            models.CheckConstraint(name="fiscal_year_in_range", condition=Q(year__gte=2000, year__lte=2100)),
            models.CheckConstraint(
                name="fiscal_year_draws_what_was_carried",
                condition=Q(carried_over__gte=0, drawn__gte=0, drawn__lte=F("carried_over")),
            ),
            models.CheckConstraint(  # no spending without a budget that was approved (REGULATIONS.md 8.2)
                name="fiscal_year_opened_on_paper",
                condition=Q(state=YearState.PLANNED, opened_by__isnull=True, opened_at__isnull=True)
                | ~Q(state=YearState.PLANNED) & Q(opened_by__isnull=False, opened_at__isnull=False) & ~Q(document=""),
            ),
            models.CheckConstraint(
                name="fiscal_year_closed_by_somebody",
                condition=~Q(state=YearState.CLOSED) & Q(closed_by__isnull=True, closed_at__isnull=True)
                | Q(state=YearState.CLOSED, closed_by__isnull=False, closed_at__isnull=False),
            ),
            models.CheckConstraint(  # who planned the budget does not approve it (TRUST.md 3)
                name="fiscal_year_opened_by_another",
                condition=Q(opened_by__isnull=True) | ~Q(opened_by=F("planned_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年"

    @transition(state, source=YearState.PLANNED, target=YearState.OPEN)
    def open(self) -> None:
        """启用。"""

    @transition(state, source=YearState.OPEN, target=YearState.CLOSED)
    def close(self) -> None:
        """结账。"""
