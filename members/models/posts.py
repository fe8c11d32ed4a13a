"""The organs of the union and who sits in them (工会法 Arts 10-11, 16; REGULATIONS.md 2, 4)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from members.enums import OF_A_BRANCH, TERMED, BodyKind, How, Position
from members.models.branches import Branch
from members.models.people import Member, period_of_days
from members.querysets.people import BodyQuerySet, PostQuerySet


class Body(models.Model):
    """One organ over its days ``[from_on, until_on)``: a committee for its term (届), a group, a team of reporters.

    ``due_on`` is the day on which the term is over; a body in office after it is overdue for an election.
    """

    kind = models.CharField(_("机构"), max_length=16, choices=BodyKind.choices)
    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("分工会或小组"), null=True, blank=True, related_name="bodies"
    )
    name = models.CharField(_("名称"), max_length=60)
    from_on = models.DateField(_("成立"))
    term_years = models.PositiveSmallIntegerField(_("任期（年）"), null=True, blank=True)
    due_on = models.DateField(_("任期届满"), null=True, blank=True)
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    document = models.CharField(_("文号"), max_length=60, blank=True)

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("组织机构")
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(name="body_kind_known", condition=Q(kind__in=BodyKind.values)),
            models.CheckConstraint(name="body_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="body_period_not_empty", condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on"))
            ),
            models.CheckConstraint(  # 工会法 Art 16: 3 or 5 years
                name="body_term_of_three_or_five_years",
                condition=Q(kind__in=sorted(TERMED), term_years__in=[3, 5], due_on__gt=F("from_on"))
                & Q(term_years__isnull=False, due_on__isnull=False)
                | ~Q(kind__in=sorted(TERMED)) & Q(term_years__isnull=True, due_on__isnull=True),
            ),
            models.CheckConstraint(
                name="body_branch_fits_kind",
                condition=Q(kind__in=sorted(OF_A_BRANCH), branch__isnull=False)
                | ~Q(kind__in=sorted(OF_A_BRANCH)) & Q(branch__isnull=True),
            ),
            ExclusionConstraint(
                name="body_one_of_a_kind_at_a_time",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    (Coalesce("branch", 0), RangeOperators.EQUAL),
                    (period_of_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """One person in one body over ``[from_on, until_on)``. One that ended before its first day has no days."""

    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("机构"), related_name="posts")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="posts")
    position = models.CharField(_("职务"), max_length=10, choices=Position.choices)
    duty = models.CharField(_("分工"), max_length=40, blank=True)
    how = models.CharField(_("产生方式"), max_length=9, choices=How.choices)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    document = models.CharField(_("文号"), max_length=60, blank=True)
    end_document = models.CharField(_("免去依据"), max_length=100, blank=True)
    kin_checked = models.BooleanField(_("已核对近亲属回避"), default=False)
    # What was against a rule that only warns when he came, and the policy row that judged it.
    notes = models.JSONField(_("提醒"), default=list, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任职")
        ordering = ["body", "pk"]
        constraints = [
            models.CheckConstraint(name="post_position_known", condition=Q(position__in=Position.values)),
            models.CheckConstraint(name="post_how_known", condition=Q(how__in=How.values)),
            models.CheckConstraint(
                name="post_ends_after_it_begins", condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on"))
            ),
            ExclusionConstraint(
                name="post_one_per_member_and_body",
                expressions=[
                    ("body", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    (period_of_days(), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="post_one_chair_per_body",
                expressions=[("body", RangeOperators.EQUAL), (period_of_days(), RangeOperators.OVERLAPS)],
                condition=Q(position__in=[Position.CHAIR, Position.LEADER]),
            ),
        ]
        indexes = [models.Index(name="post_of_member", fields=["member", "from_on"])]

    def __str__(self) -> str:
        return f"{self.member_id} {self.get_position_display()}"
