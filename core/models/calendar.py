"""Days on which the State Council's notice overrides the week."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A weekday off or a weekend day worked. ``provisional`` until the year's notice is out (each November)."""

    day = models.DateField(_("日期"), primary_key=True)
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("节日或说明"), max_length=40, blank=True)
    source = models.CharField(_("依据"), max_length=120, blank=True)
    provisional = models.BooleanField(_("待国务院通知确认"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("节假日与调休")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
