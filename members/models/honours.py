"""Honours of people, families, teams and branches (评优荣誉)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from members.enums import HonourKind, HonourLevel, HonourState
from members.models.branches import Branch
from members.models.people import Member
from members.querysets.people import HonourQuerySet


class Honour(FSMModelMixin, models.Model):
    """One honour of one year. A member declares his own, branch or union check it; the staff's own entry stands.

    ``branch`` is whose it is, or the branch of the person who declared it, whose officer checks it.
    """

    title = models.CharField(_("荣誉名称"), max_length=100)
    level = models.CharField(_("级别"), max_length=8, choices=HonourLevel.choices)
    kind = models.CharField(_("类别"), max_length=6, choices=HonourKind.choices)
    year = models.PositiveSmallIntegerField(_("年度"))
    awarded_on = models.DateField(_("授予日期"), null=True, blank=True)
    issuer = models.CharField(_("授予单位"), max_length=100)
    document = models.CharField(_("文号"), max_length=60, blank=True)
    team = models.CharField(_("集体或家庭名称"), max_length=60, blank=True)
    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("分工会"), null=True, blank=True, related_name="honours"
    )
    members = models.ManyToManyField(Member, through="HonourHolder", related_name="honours", verbose_name=_("获奖人"))
    state = FSMField(
        _("状态"), max_length=10, choices=HonourState.choices, default=HonourState.DECLARED, protected=True
    )
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("申报人"), related_name="+"
    )
    declared_at = models.DateTimeField(_("申报时间"))
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("核实人"), null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(_("核实时间"), null=True, blank=True)
    said = models.CharField(_("退回原因"), max_length=200, blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("荣誉")
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(name="honour_level_known", condition=Q(level__in=HonourLevel.values)),
            models.CheckConstraint(name="honour_kind_known", condition=Q(kind__in=HonourKind.values)),
            models.CheckConstraint(name="honour_state_known", condition=Q(state__in=HonourState.values)),
            models.CheckConstraint(name="honour_year_plausible", condition=Q(year__range=(1949, 2999))),
            models.CheckConstraint(
                name="honour_of_a_branch_names_it", condition=~Q(kind=HonourKind.BRANCH) | Q(branch__isnull=False)
            ),
            models.CheckConstraint(
                name="honour_checked_unless_declared",
                condition=Q(state=HonourState.DECLARED) | Q(checked_by__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="honour_return_says_why", condition=~Q(state=HonourState.RETURNED) | ~Q(said="")
            ),
        ]
        indexes = [models.Index(name="honour_by_year", fields=["year", "level"])]

    def __str__(self) -> str:
        return f"{self.year} {self.title}"

    @transition(state, source=HonourState.DECLARED, target=HonourState.CONFIRMED)
    def confirm(self) -> None:
        """核实。"""

    @transition(state, source=HonourState.DECLARED, target=HonourState.RETURNED)
    def send_back(self) -> None:
        """退回。"""

    @transition(state, source=HonourState.RETURNED, target=HonourState.DECLARED)
    def declare_again(self) -> None:
        """重新申报。"""


class HonourHolder(models.Model):
    """One of the people of an honour."""

    honour = models.ForeignKey(Honour, models.PROTECT, verbose_name=_("荣誉"), related_name="holders")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("获奖人"), related_name="honours_held")

    class Meta:
        verbose_name = verbose_name_plural = _("获奖人")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="honour_holder_once", fields=["honour", "member"]),
        ]

    def __str__(self) -> str:
        return f"{self.honour_id} {self.member_id}"
