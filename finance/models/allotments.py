"""Allotments: so much per head of every branch's roll on a day (REGULATIONS.md 6.3), frozen as they were booked."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from finance.models.fields import actor, money
from finance.models.lines import BudgetLine
from finance.querysets import AllotmentQuerySet


class Allotment(models.Model):
    """``per_head`` yuan for each of ``heads`` people, from a line of the union to lines of the branches.

    Its money is entries of the ledger, of the case ("finance.allotment", its number), which sum to zero (TRUST.md
    I1). What the roll of ``on`` is found to have been later changes nothing here. Sent twice with one ``key``, it is
    one allotment.
    """

    append_only = True

    source = models.ForeignKey(BudgetLine, models.PROTECT, verbose_name=_("拨出预算"), related_name="allotments")
    on = models.DateField(_("人数截止日"))
    per_head = money(_("每人（元）"))
    project = models.CharField(_("项目"), max_length=60, blank=True)
    text = models.CharField(_("事由"), max_length=200)
    document = models.CharField(_("依据文件"), max_length=100, blank=True)
    heads = models.PositiveIntegerField(_("人数"))
    amount = money(_("合计（元）"))
    key = models.UUIDField(editable=False)
    made_by = actor(_("经办人"))
    made_at = models.DateTimeField(_("拨付时间"))

    objects = AllotmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("分工会经费拨付")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="allotment_intent_once", fields=["made_by", "key"]),
            models.CheckConstraint(
                name="allotment_is_so_much_per_head",
                condition=Q(heads__gt=0, per_head__gt=0, amount=F("heads") * F("per_head")),
            ),
            models.CheckConstraint(name="allotment_says_what_for", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.text}"


class AllotmentShare(models.Model):
    """What one branch got: its ``heads`` on the day, and the line to which the ``amount`` went."""

    append_only = True

    allotment = models.ForeignKey(Allotment, models.PROTECT, verbose_name=_("拨付"), related_name="shares")
    branch = models.ForeignKey("members.Branch", models.PROTECT, verbose_name=_("分工会"), related_name="+")
    line = models.ForeignKey(BudgetLine, models.PROTECT, verbose_name=_("拨入预算"), related_name="allotment_shares")
    heads = models.PositiveIntegerField(_("人数"))
    amount = money(_("金额（元）"))

    class Meta:
        verbose_name = verbose_name_plural = _("分工会所得")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="allotment_share_once", fields=["allotment", "branch"]),
            models.CheckConstraint(name="allotment_share_of_heads", condition=Q(heads__gt=0, amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.heads}"
