"""Two records that may be one person, and a merge that can be taken back."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.sealed import SealedField
from members.feed_codes import PairState
from members.models.people import Member


def _actor(words, **given) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=words, related_name="+", **given)


class DuplicatePair(models.Model):
    """Two members whom the rules take for one; ``first`` is the older record. What was decided is remembered."""

    first = models.ForeignKey(Member, models.PROTECT, verbose_name=_("档案一"), related_name="pairs_as_first")
    second = models.ForeignKey(Member, models.PROTECT, verbose_name=_("档案二"), related_name="pairs_as_second")
    score = models.PositiveSmallIntegerField(_("分值"))
    reasons = models.JSONField(_("相同之处"), default=list)
    found_at = models.DateTimeField(_("发现时间"))
    state = models.CharField(_("状态"), max_length=8, choices=PairState.choices, default=PairState.OPEN)
    decided_by = _actor(_("核对人"), null=True, blank=True)
    decided_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    why = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("疑似重复")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(name="duplicate_pair_once", fields=["first", "second"]),
            models.CheckConstraint(name="duplicate_pair_in_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(name="duplicate_pair_state_known", condition=Q(state__in=PairState.values)),
            models.CheckConstraint(
                name="duplicate_pair_decision_whole",
                condition=Q(state=PairState.OPEN, decided_by__isnull=True, decided_at__isnull=True, why="")
                | ~Q(state=PairState.OPEN) & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(why=""),
            ),
        ]
        indexes = [models.Index(name="duplicate_pair_by_score", fields=["state", "-score", "-id"])]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"


class MergeRecord(models.Model):
    """One merge (档案合并): which rows went over, which stayed, what was filled in; enough to put all of it back.

    ``rows``: relation -> keys of the rows that moved and that stayed. ``before``: sealed JSON of the columns of both
    people that the merge changed, as they were, and of periods that were taken off the roll.
    """

    keep = models.ForeignKey(Member, models.PROTECT, verbose_name=_("保留的档案"), related_name="merges_kept")
    drop = models.ForeignKey(Member, models.PROTECT, verbose_name=_("并入的档案"), related_name="merges_dropped")
    reason = models.CharField(_("合并原因"), max_length=200)
    merged_by = _actor(_("合并人"))
    merged_at = models.DateTimeField(_("合并时间"))
    rows = models.JSONField(_("移动的记录"), default=dict, editable=False)
    counts = models.JSONField(_("前后记录数"), default=dict, editable=False)
    before = SealedField(_("合并前的内容"))
    last_act = models.BigIntegerField(default=0, editable=False)  # the newest MembershipAct of that moment
    periods = models.JSONField(default=list, editable=False, encoder=DjangoJSONEncoder)
    undone_by = _actor(_("撤销人"), null=True, blank=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undo_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("档案合并")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="merge_of_two", condition=~Q(keep=F("drop"))),
            models.CheckConstraint(name="merge_says_why", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="merge_of_one_stands_once", fields=["drop"], condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(
                name="merge_undone_whole",
                condition=Q(undone_by__isnull=True, undone_at__isnull=True, undo_reason="")
                | Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undo_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drop} → {self.keep}"
