"""What falls due, for whom, and in which words."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import Role
from notices.enums import TO_MEMBERS, Audience, Channel, Festival, Repeat, RuleKind, Timing
from notices.models.robots import Robot
from notices.querysets import ReminderRuleQuerySet

_OWN_DAY = Q(kind__in=[RuleKind.BIRTHDAY, RuleKind.FESTIVAL])


class ReminderRule(models.Model):
    """Days before or after a birthday, a festival, a date or a matter's day, one reminder to each person concerned.

    ``skip_after_days``: how many days after its due day a delivery may still go out; later it is a recorded skip.
    ``started_on`` and ``covered_until_on`` are the first and the last day for which rows were made: the next run
    begins where the last one ended, so that an outage of days loses nobody.
    ``segment``: the kept selection whose people are meant (``notices.segments``).
    ``source`` names an entry of ``core.reminders``; ``every_days`` belongs to ``Repeat.EVERY``, which ends on
    ``until_on`` (inclusive) or, for a matter, when it is done.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类型"), max_length=8, choices=RuleKind.choices)
    occasion = models.CharField(_("节日"), max_length=10, choices=Festival.choices, blank=True)
    fixed_on = models.DateField(_("日期"), null=True, blank=True)
    source = models.CharField(_("事项"), max_length=60, blank=True, default="", db_default="")
    offset_days = models.PositiveSmallIntegerField(_("天数"), default=0)
    timing = models.CharField(
        _("提前或推后"), max_length=6, choices=Timing.choices, default=Timing.BEFORE, db_default=Timing.BEFORE
    )
    repeat = models.CharField(
        _("重复"), max_length=7, choices=Repeat.choices, default=Repeat.YEARLY, db_default=Repeat.YEARLY
    )
    every_days = models.PositiveSmallIntegerField(_("间隔天数"), null=True, blank=True)
    until_on = models.DateField(_("截止日期"), null=True, blank=True)
    audience = models.CharField(_("发送对象"), max_length=8, choices=Audience.choices)
    branches = models.ManyToManyField("members.Branch", verbose_name=_("分工会"), blank=True, related_name="+")
    segment = models.ForeignKey(
        "members.Segment", models.SET_NULL, verbose_name=_("常用名单"), null=True, blank=True, related_name="+"
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices),
        verbose_name=_("岗位"),
        default=list,
        db_default=[],
        blank=True,
    )
    channels = ArrayField(models.CharField(max_length=8, choices=Channel.choices), verbose_name=_("渠道"))
    robots = models.ManyToManyField(Robot, verbose_name=_("群机器人"), blank=True, related_name="rules")
    subject = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"), max_length=2000)
    is_active = models.BooleanField(_("启用"), default=True)
    service_critical = models.BooleanField(_("必达（不受个人关闭影响）"), default=False)
    skip_after_days = models.PositiveSmallIntegerField(_("补发期限（天）"), default=7)
    started_on = models.DateField(_("自此日起执行"), null=True, editable=False)
    covered_until_on = models.DateField(_("已执行至"), null=True, editable=False)

    objects = ReminderRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("提醒规则")
        ordering = ["kind", "occasion", "-offset_days", "code"]
        constraints = [
            models.CheckConstraint(name="reminder_rule_kind_known", condition=Q(kind__in=RuleKind.values)),
            models.CheckConstraint(name="reminder_rule_audience_known", condition=Q(audience__in=Audience.values)),
            models.CheckConstraint(name="reminder_rule_timing_known", condition=Q(timing__in=Timing.values)),
            models.CheckConstraint(
                name="reminder_rule_occasion_fits_kind",
                condition=(Q(kind=RuleKind.FESTIVAL) & Q(occasion__in=Festival.values))
                | (~Q(kind=RuleKind.FESTIVAL) & Q(occasion="")),
                violation_error_message=_("节日规则须选节日，其他规则不选节日。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_date_and_source_fit_kind",
                condition=(_OWN_DAY & Q(fixed_on__isnull=True, source=""))
                | Q(kind=RuleKind.DATE, fixed_on__isnull=False, source="")
                | (Q(kind=RuleKind.SOURCE, fixed_on__isnull=True) & ~Q(source="")),
                violation_error_message=_("指定日期规则须填日期，待办事项规则须选事项，其他规则都不填。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_repeat_fits_kind",
                condition=(_OWN_DAY & Q(repeat=Repeat.YEARLY))
                | Q(kind=RuleKind.DATE, repeat__in=Repeat.values)
                | Q(kind=RuleKind.SOURCE, repeat__in=[Repeat.ONCE, Repeat.EVERY]),
                violation_error_message=_("生日和节日每年一次；待办事项只能一次或每隔若干天。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_interval_fits_repeat",
                condition=Q(repeat=Repeat.EVERY, every_days__isnull=False, every_days__range=(1, 366))
                | (~Q(repeat=Repeat.EVERY) & Q(every_days__isnull=True)),
                violation_error_message=_("每隔若干天时须填间隔（1 到 366 天），其他重复方式不填。"),
            ),
            models.CheckConstraint(  # a birthday is nobody's business but one's own
                name="reminder_rule_birthday_to_member_only",
                condition=~Q(kind=RuleKind.BIRTHDAY) | Q(audience__in=TO_MEMBERS),
                violation_error_message=_("生日提醒只发给会员本人。"),
            ),
            models.CheckConstraint(  # a rule that is off outlives its selection
                name="reminder_rule_segment_fits_audience",
                condition=Q(audience=Audience.SEGMENT) & (Q(segment__isnull=False) | Q(is_active=False))
                | ~Q(audience=Audience.SEGMENT) & Q(segment__isnull=True),
                violation_error_message=_("发送对象为常用名单时须选名单，其他对象不选。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_days_in_range",
                condition=Q(offset_days__lte=60, skip_after_days__lte=60),
                violation_error_message=_("天数须在 0 到 60 之间。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_channels_known",
                condition=Q(channels__contained_by=Channel.values, channels__len__gte=1),
                violation_error_message=_("至少选择一个渠道。"),
            ),
            models.CheckConstraint(
                name="reminder_rule_roles_known",
                condition=(Q(audience=Audience.ROLE, roles__len__gte=1) | (~Q(audience=Audience.ROLE) & Q(roles=[])))
                & Q(roles__contained_by=Role.values),
                violation_error_message=_("发送对象为指定岗位时须选岗位，其他对象不选。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ahead_days(self) -> int:
        """Days from the due day to the occasion; negative when it is due afterwards."""
        return self.offset_days if self.timing == Timing.BEFORE else -self.offset_days
