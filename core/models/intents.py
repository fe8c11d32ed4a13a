"""A submit that creates something happens once, however often it arrives (TRUST.md 2.2)."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.users import User


class IntentKey(models.Model):
    """A key made when a form was rendered, and the answer its submit got.

    The row belongs to the transaction of the act itself: a row that can be seen is an act that was done.
    """

    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("提交人"), related_name="+")
    form = models.CharField(_("表单"), max_length=100)
    key = models.UUIDField(_("提交键"))
    result = models.CharField(_("结果"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("提交时间"), db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = _("提交记录")
        constraints = [models.UniqueConstraint(name="intent_once", fields=["user", "form", "key"])]

    def __str__(self) -> str:
        return f"{self.form} {self.key}"
