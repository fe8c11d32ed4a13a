"""The ledger: one append-only table of entries (TRUST.md 2.1), numbered without gaps in every year."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.enums import Ending, EntryKind
from finance.models.fields import NOTHING, actor, money
from finance.models.lines import BudgetLine
from finance.models.years import FiscalYear
from finance.querysets import CommitmentQuerySet, EntryQuerySet


class Entry(models.Model):
    """One booking on one line, in yuan. Never changed: a wrong one is reversed by its exact negative, once.

    ``year``, ``number``, ``booked_on`` and ``recorded_at`` are set by the trigger, whatever the insert says, and a
    ``reserve`` makes its ``Commitment`` there. ``commitment`` is the one that a release frees or a spending uses up.
    A reversed spending goes back to the line, not to the commitment that it used. ``refund_of`` is the spending that
    came back. The act's ``key`` and the ``part`` within it are its identity: sent twice, it is booked once.
    """

    append_only = True

    year = models.ForeignKey(FiscalYear, models.PROTECT, verbose_name=_("年度"), related_name="entries")
    number = models.PositiveIntegerField(_("序号"), db_default=0)
    line = models.ForeignKey(BudgetLine, models.PROTECT, verbose_name=_("预算"), related_name="entries")
    kind = models.CharField(_("类别"), max_length=8, choices=EntryKind.choices)
    amount = money(_("金额（元）"))
    commitment = models.ForeignKey(
        "Commitment", models.PROTECT, verbose_name=_("占用"), null=True, blank=True, related_name="uses"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name=_("冲销的记录"), null=True, blank=True, related_name="reversal"
    )
    refund_of = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("退回的支出"), null=True, blank=True, related_name="refunds"
    )
    expired = models.BooleanField(_("到期释放"), default=False)
    text = models.CharField(_("摘要"), max_length=200)
    document = models.CharField(_("依据文件"), max_length=100, blank=True)
    source_kind = models.CharField(_("来源"), max_length=40, blank=True)
    source_id = models.CharField(_("来源编号"), max_length=40, blank=True)
    key = models.UUIDField(editable=False)
    part = models.PositiveSmallIntegerField(default=0, editable=False)
    actor = actor(_("经办人"), null=True, blank=True)  # None: the system itself
    at = models.DateTimeField(_("时间"))
    booked_on = models.DateField(_("记账日期"), db_default=Now())
    recorded_at = models.DateTimeField(_("入账时间"), db_default=Now())

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("经费明细")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="entry_kind_known", condition=Q(kind__in=EntryKind.values)),
            models.UniqueConstraint(name="entry_number_once", fields=["year", "number"]),
            # Another user's key is another key.
            models.UniqueConstraint(name="entry_intent_once", fields=["actor", "key", "part"], nulls_distinct=False),
            models.CheckConstraint(
                name="entry_sign_fits",
                condition=Q(kind=EntryKind.BUDGET, reverses__isnull=True)
                | ~Q(kind=EntryKind.BUDGET) & Q(reverses__isnull=True, amount__gt=0)
                | Q(
                    kind__in=[EntryKind.SPEND, EntryKind.REFUND, EntryKind.INCOME],
                    reverses__isnull=False,
                    amount__lt=0,
                ),
            ),
            models.CheckConstraint(
                name="entry_commitment_fits",
                condition=Q(kind=EntryKind.RELEASE, commitment__isnull=False)
                | Q(kind=EntryKind.SPEND, reverses__isnull=True)
                | ~Q(kind=EntryKind.RELEASE) & Q(commitment__isnull=True),
            ),
            models.CheckConstraint(
                name="entry_refund_names_its_spending",
                condition=Q(kind=EntryKind.REFUND, refund_of__isnull=False)
                | ~Q(kind=EntryKind.REFUND) & Q(refund_of__isnull=True),
            ),
            models.CheckConstraint(
                name="entry_expiry_is_a_release", condition=Q(expired=False) | Q(kind=EntryKind.RELEASE)
            ),
            models.CheckConstraint(name="entry_says_what_for", condition=~Q(text="")),
            models.CheckConstraint(
                name="entry_source_whole",
                condition=Q(source_kind="", source_id="") | ~Q(source_kind="") & ~Q(source_id=""),
            ),
        ]
        indexes = [
            models.Index(name="entry_by_line", fields=["line", "-id"]),
            models.Index(name="entry_by_source", fields=["source_kind", "source_id"], condition=~Q(source_kind="")),
        ]

    def __str__(self) -> str:
        return f"{self.year.year}-{self.number:06}"


class Commitment(models.Model):
    """What a ``reserve`` entry holds back, yuan. Made and moved by the ledger's trigger only.

    It ends exactly once, when nothing remains: by spending, by a release, or by expiry. It never comes back.
    """

    read_only = True

    entry = models.OneToOneField(Entry, models.PROTECT, verbose_name=_("占用记录"), related_name="committed")
    line = models.ForeignKey(BudgetLine, models.PROTECT, verbose_name=_("预算"), related_name="commitments")
    amount = money(_("金额（元）"))
    remaining = money(_("未了结（元）"))
    ending = models.CharField(_("了结"), max_length=8, choices=Ending.choices, blank=True, default="")
    ended_at = models.DateTimeField(_("了结时间"), null=True, blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("占用")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="commitment_never_overdrawn",
                condition=Q(amount__gt=0, remaining__gte=NOTHING, remaining__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="commitment_ends_when_nothing_remains",
                condition=Q(remaining__gt=0, ending="", ended_at__isnull=True)
                | Q(remaining=0, ending__in=Ending.values, ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="commitment_open", fields=["line"], condition=Q(ending=""))]

    def __str__(self) -> str:
        return f"{self.pk} {self.amount}"


class EntryCounter(models.Model):
    """The last number given in a year: locked by the trigger from the number to the commit, so there is no gap."""

    read_only = True

    year = models.OneToOneField(FiscalYear, models.PROTECT, primary_key=True, related_name="counter")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("记账序号")

    def __str__(self) -> str:
        return f"{self.year_id}:{self.last}"
