"""What union cadres learnt (工会干部培训)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.people import Member


class TrainingRecord(models.Model):
    """One course of one person, from ``from_on`` to ``to_on``, both inclusive, of so many hours (学时)."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="trainings")
    course = models.CharField(_("培训名称"), max_length=100)
    organiser = models.CharField(_("主办单位"), max_length=60)
    from_on = models.DateField(_("开始"))
    to_on = models.DateField(_("结束"))
    hours = models.DecimalField(_("学时"), max_digits=5, decimal_places=1)
    certificate_no = models.CharField(_("证书编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("干部培训")
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="training_in_order", condition=Q(to_on__gte=F("from_on"))),
            models.CheckConstraint(name="training_has_hours", condition=Q(hours__gt=0)),
            models.UniqueConstraint(name="training_once", fields=["member", "course", "from_on"]),
        ]

    def __str__(self) -> str:
        return self.course
