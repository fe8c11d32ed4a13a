"""Staff homes (教工小家): the dated sheet of criteria, and each branch's assessment of a year (REGULATIONS.md 9)."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from members.enums import HomeGrade, HomeState
from members.models.branches import Branch
from members.querysets.people import HomeQuerySet


class HomeStandard(models.Model):
    """One version of the sheet, in force for the years ``[from_year, until_year)``; its points sum up to 100."""

    name = models.CharField(_("名称"), max_length=60)
    from_year = models.PositiveIntegerField(_("自（年度）"))
    until_year = models.PositiveIntegerField(_("止（年度，不含）"), null=True, blank=True)
    decided_by = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("小家考核标准")
        ordering = ["-from_year"]
        constraints = [
            models.CheckConstraint(
                name="home_standard_years_not_empty",
                condition=Q(until_year__isnull=True) | Q(until_year__gt=F("from_year")),
            ),
            ExclusionConstraint(
                name="home_standard_one_a_year",
                expressions=[
                    (
                        Func(F("from_year"), F("until_year"), function="int4range", output_field=IntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HomeCriterion(models.Model):
    """One line of the sheet: 条件 (block), 内容, 标准分."""

    standard = models.ForeignKey(HomeStandard, models.PROTECT, verbose_name=_("标准"), related_name="criteria")
    position = models.PositiveSmallIntegerField(_("序号"))
    block = models.CharField(_("条件"), max_length=30)
    content = models.CharField(_("内容"), max_length=200)
    points = models.PositiveSmallIntegerField(_("标准分"))

    class Meta:
        verbose_name = verbose_name_plural = _("小家考核项目")
        ordering = ["standard", "position"]
        constraints = [
            models.UniqueConstraint(name="home_criterion_place_once", fields=["standard", "position"]),
            models.CheckConstraint(name="home_criterion_has_points", condition=Q(points__range=(1, 100))),
        ]

    def __str__(self) -> str:
        return self.content


class HomeAssessment(FSMModelMixin, models.Model):
    """A branch's staff home of one year: it scores itself, the union scores it, the grade follows."""

    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("分工会"), related_name="home_assessments")
    year = models.PositiveSmallIntegerField(_("年度"))
    standard = models.ForeignKey(HomeStandard, models.PROTECT, verbose_name=_("标准"), related_name="+")
    state = FSMField(_("状态"), max_length=10, choices=HomeState.choices, default=HomeState.DRAFT, protected=True)
    grade = models.CharField(_("等次"), max_length=8, choices=HomeGrade.choices, blank=True)
    # The policy rows by which it was graded.
    graded_by = models.JSONField(_("评定依据"), default=list, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("提交人"), null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("考核人"), null=True, blank=True, related_name="+"
    )
    scored_at = models.DateTimeField(_("考核时间"), null=True, blank=True)
    said = models.CharField(_("退回原因"), max_length=200, blank=True)

    objects = HomeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("教工小家考核")
        ordering = ["-year", "branch__position", "pk"]
        constraints = [
            models.UniqueConstraint(name="home_once_a_year", fields=["branch", "year"]),
            models.CheckConstraint(name="home_state_known", condition=Q(state__in=HomeState.values)),
            models.CheckConstraint(
                name="home_graded_when_scored",
                condition=Q(state=HomeState.SCORED, grade__in=HomeGrade.values, scored_by__isnull=False)
                | ~Q(state=HomeState.SCORED) & Q(grade=""),
            ),
            models.CheckConstraint(  # nobody scores what he himself handed in
                name="home_scorer_not_submitter",
                condition=Q(scored_by__isnull=True) | Q(submitted_by__isnull=True) | ~Q(scored_by=F("submitted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.year}"

    @transition(state, source=HomeState.DRAFT, target=HomeState.SUBMITTED)
    def submit(self) -> None:
        """提交。"""

    @transition(state, source=HomeState.SUBMITTED, target=HomeState.DRAFT)
    def send_back(self) -> None:
        """退回。"""

    @transition(state, source=HomeState.SUBMITTED, target=HomeState.SCORED)
    def score(self) -> None:
        """考核。"""


class HomeScore(models.Model):
    """One line of one assessment: 自评分, 考核分, 备注."""

    assessment = models.ForeignKey(HomeAssessment, models.PROTECT, verbose_name=_("考核"), related_name="scores")
    criterion = models.ForeignKey(HomeCriterion, models.PROTECT, verbose_name=_("项目"), related_name="+")
    own = models.DecimalField(_("自评分"), max_digits=4, decimal_places=1, null=True, blank=True)
    given = models.DecimalField(_("考核分"), max_digits=4, decimal_places=1, null=True, blank=True)
    note = models.CharField(_("备注"), max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("小家考核得分")
        ordering = ["assessment", "criterion__position"]
        constraints = [
            models.UniqueConstraint(name="home_score_once", fields=["assessment", "criterion"]),
            models.CheckConstraint(
                name="home_score_not_negative",
                condition=(Q(own__isnull=True) | Q(own__gte=0)) & (Q(given__isnull=True) | Q(given__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.criterion_id}"
