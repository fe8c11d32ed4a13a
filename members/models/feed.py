"""The daily file of HR (人事日报), compared with the register: a run, and one line for each difference."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.sealed import SealedField
from members.feed_codes import ChangeState, FeedKind, FeedState
from members.models.branches import Branch
from members.models.life import MembershipAct
from members.models.people import Member


def _actor(words) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=words, null=True, blank=True, related_name="+"
    )


class FeedRun(models.Model):
    """One daily file: the whole staff as of ``on``. The same bytes are one run, however often they come."""

    sha256 = models.CharField(_("内容摘要"), max_length=64, unique=True)
    filename = models.CharField(_("文件名"), max_length=100)
    on = models.DateField(_("日报日期"))
    state = models.CharField(_("状态"), max_length=10, choices=FeedState.choices)
    people = models.PositiveIntegerField(_("人数"), default=0)
    # Why it is held or was refused, in the words of the day; figures and codes, nothing about a person.
    warnings = models.JSONField(_("提示"), default=list, blank=True)
    rejected = models.JSONField(_("未比对的行"), default=list, blank=True)
    remembered = models.JSONField(default=list, editable=False)  # lines dismissed before that it proposes again
    opened_at = models.DateTimeField(_("采用时间"), null=True, blank=True)
    taken_by = _actor(_("上传人"))
    taken_at = models.DateTimeField(_("比对时间"))
    decided_by = _actor(_("核实人"))
    decided_at = models.DateTimeField(_("核实时间"), null=True, blank=True)
    reason = models.CharField(_("核实说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("人事日报")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(name="feed_run_state_known", condition=Q(state__in=FeedState.values)),
            models.CheckConstraint(
                name="feed_run_decision_whole",
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, reason="")
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(name="feed_run_held_says_why", condition=~Q(state="held") | ~Q(warnings=[])),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.filename}"


class FeedChange(models.Model):
    """One difference between the file and the register. Nothing is written before a clerk confirms the line.

    ``values`` is sealed JSON, field -> [before, after]; ``shown`` the same for the page, class C2 and C3 masked.
    ``fingerprint`` is the keyed hash of what is proposed: a line that was dismissed is not proposed again.
    """

    run = models.ForeignKey(FeedRun, models.PROTECT, verbose_name=_("日报"), related_name="changes")
    kind = models.CharField(_("变化"), max_length=12, choices=FeedKind.choices)
    staff_no = models.CharField(_("工号"), max_length=32)
    name = models.CharField(_("姓名"), max_length=60)
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("会员"), null=True, blank=True, related_name="feed_changes"
    )
    on = models.DateField(_("变动日期"))
    branch_before = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("原分工会"), null=True, blank=True, related_name="+"
    )
    branch_after = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("现分工会"), null=True, blank=True, related_name="+"
    )
    values = SealedField(_("变化内容"))
    shown = models.JSONField(_("变化"), default=dict, encoder=DjangoJSONEncoder)
    fingerprint = models.CharField(max_length=64, editable=False)
    seen_on = models.DateField(editable=False)  # the last file that said so; a dismissal holds until one does not
    state = models.CharField(_("状态"), max_length=10, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    decided_by = _actor(_("处理人"))
    decided_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    act = models.ForeignKey(
        MembershipAct, models.PROTECT, verbose_name=_("会籍变动"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("日报变化")
        ordering = ["-run", "kind", "staff_no"]
        constraints = [
            models.UniqueConstraint(name="feed_change_once_a_run", fields=["run", "staff_no", "kind"]),
            models.CheckConstraint(name="feed_change_kind_known", condition=Q(kind__in=FeedKind.values)),
            models.CheckConstraint(name="feed_change_state_known", condition=Q(state__in=ChangeState.values)),
            models.CheckConstraint(
                name="feed_change_decided_by_somebody",
                condition=Q(state__in=["proposed", "superseded"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="feed_change_dismissed_says_why", condition=~Q(state="dismissed") | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(name="feed_change_by_print", fields=["fingerprint"], condition=Q(state="dismissed")),
            models.Index(name="feed_change_by_state", fields=["state", "kind", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.staff_no}"
