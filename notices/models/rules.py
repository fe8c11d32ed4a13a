"""What falls due, for whom, and in which words."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.enums import Audience, Channel, Festival, RuleKind
from notices.querysets import ReminderRuleQuerySet


class ReminderRule(models.Model):
    """N days before a birthday or a festival, one reminder to each person concerned.

    ``skip_after_days``: how many days after its due day a delivery may still go out; later it is a recorded skip.
    ``started_on`` and ``covered_until_on`` are the first and the last day for which rows were made: the next run
    begins where the last one ended, so that an outage of days loses nobody.
    """

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类型"), max_length=8, choices=RuleKind.choices)
    occasion = models.CharField(_("节日"), max_length=10, choices=Festival.choices, blank=True)
    offset_days = models.PositiveSmallIntegerField(_("提前天数"), default=0)
    audience = models.CharField(_("发送对象"), max_length=8, choices=Audience.choices)
    channels = ArrayField(models.CharField(max_length=8, choices=Channel.choices), verbose_name=_("渠道"))
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
            models.CheckConstraint(
                name="reminder_rule_occasion_fits_kind",
                condition=Q(kind=RuleKind.BIRTHDAY, occasion="")
                | Q(kind=RuleKind.FESTIVAL, occasion__in=Festival.values),
                violation_error_message=_("节日规则须选节日，生日规则不选节日。"),
            ),
            models.CheckConstraint(  # a birthday is nobody's business but one's own
                name="reminder_rule_birthday_to_member_only",
                condition=~Q(kind=RuleKind.BIRTHDAY) | Q(audience=Audience.MEMBERS),
                violation_error_message=_("生日提醒只发给会员本人。"),
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
        ]

    def __str__(self) -> str:
        return self.name
