"""What the watch saw in the audit, until somebody has looked into it (TRUST.md Q5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import Story
from core.models.users import User


class Alert(models.Model):
    """One abuse story of one subject in one hour or day: unique, so however often the watch looks, it is one row."""

    story = models.CharField(_("情形"), max_length=20, choices=Story.choices)
    subject = models.CharField(_("涉及"), max_length=120, blank=True)  # core/watch.py: user:12, address:10.0.0.1, ...
    period = models.CharField(_("时段"), max_length=13)  # local hour 2022-05-20T09 or day 2022-05-20
    count = models.PositiveIntegerField(_("次数"))
    seen_at = models.DateTimeField(_("发生时间"))
    raised_at = models.DateTimeField(_("发现时间"))
    acknowledged_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("处理人"), null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("处理说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("安全告警")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="alert_once_per_period", fields=["story", "subject", "period"]),
            models.CheckConstraint(name="alert_story_known", condition=Q(story__in=Story.values)),
            models.CheckConstraint(
                name="alert_acknowledged_by_somebody_saying_why",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True, note="")
                | (Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False) & ~Q(note="")),
            ),
        ]
        indexes = [
            models.Index(name="alert_open", fields=["id"], condition=Q(acknowledged_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_story_display()} {self.period}"
