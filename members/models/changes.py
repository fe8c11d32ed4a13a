"""A member's request to change what the register says of him: before and after, decided by somebody else."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.sealed import SealedField
from members.enums import ChangeState
from members.models.people import Member
from members.querysets.own import ProfileChangeQuerySet

OPEN = (ChangeState.SUBMITTED, ChangeState.RETURNED)


def _person(label, related_name: str = "+") -> models.ForeignKey:
    user = settings.AUTH_USER_MODEL
    return models.ForeignKey(
        user, models.PROTECT, verbose_name=label, null=True, blank=True, related_name=related_name
    )


class ProfileChange(FSMModelMixin, models.Model):
    """``before`` and ``after``: field -> what it said and shall say, as text; of class C3 the masks only.

    A new ID or card number waits sealed; what the register held is remembered by keyed hash, so that a decision on
    a file that has changed meanwhile is refused. The branch may add a word, union staff decide, nobody his own.
    """

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="profile_changes")
    state = FSMField(
        _("状态"), max_length=12, choices=ChangeState.choices, default=ChangeState.SUBMITTED, protected=True
    )
    before = models.JSONField(_("变更前"), default=dict)
    after = models.JSONField(_("变更后"), default=dict)
    before_hashes = models.JSONField(default=dict, editable=False)
    new_id_number = SealedField(_("新身份证号"))
    new_bank_card = SealedField(_("新银行卡号"))
    reason = models.CharField(_("变更原因"), max_length=200)
    submitted_at = models.DateTimeField(_("提交时间"))
    branch_word = models.CharField(_("分工会意见"), max_length=200, blank=True)
    branch_word_by = _person(_("分工会意见人"))
    branch_word_at = models.DateTimeField(_("分工会意见时间"), null=True, blank=True)
    decided_by = _person(_("审核人"))
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    said = models.CharField(_("退回或不予更正的原因"), max_length=200, blank=True)

    objects = ProfileChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("信息变更申请")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="change_state_known", condition=Q(state__in=ChangeState.values)),
            models.CheckConstraint(name="change_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="change_refusal_says_why",
                condition=~Q(state__in=[ChangeState.RETURNED, ChangeState.REJECTED]) | ~Q(said=""),
            ),
            models.CheckConstraint(
                name="change_decided_by_somebody",
                condition=~Q(state__in=[ChangeState.ACCEPTED, ChangeState.REJECTED])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="change_one_open_per_member", fields=["member"], condition=Q(state__in=sorted(OPEN))
            ),
        ]
        indexes = [models.Index(name="change_by_state", fields=["state", "submitted_at"])]

    def __str__(self) -> str:
        return f"{self.member} {self.get_state_display()}"

    @transition(state, source=ChangeState.RETURNED, target=ChangeState.SUBMITTED)
    def resubmit(self) -> None:
        """补正后再提交。"""

    @transition(state, source=ChangeState.SUBMITTED, target=ChangeState.ACCEPTED)
    def accept(self) -> None:
        """同意更正。"""

    @transition(state, source=ChangeState.SUBMITTED, target=ChangeState.RETURNED)
    def send_back(self) -> None:
        """退回补正。"""

    @transition(state, source=ChangeState.SUBMITTED, target=ChangeState.REJECTED)
    def reject(self) -> None:
        """不予更正。"""

    @transition(state, source=sorted(OPEN), target=ChangeState.WITHDRAWN)
    def withdraw(self) -> None:
        """撤回。"""


class MemberCode(models.Model):
    """The random 128 bits in a member's QR (会员码): sealed, found by keyed hash; a new one kills the old at once."""

    member = models.OneToOneField(
        Member, models.PROTECT, primary_key=True, verbose_name=_("会员"), related_name="member_code"
    )
    code = SealedField(_("会员码"))
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("生成时间"))
    day = models.DateField(_("最近更换日"))
    that_day = models.PositiveSmallIntegerField(_("当日次数"), default=1)

    class Meta:
        verbose_name = verbose_name_plural = _("会员码")
        constraints = [models.CheckConstraint(name="member_code_there", condition=~Q(code="") & ~Q(code_hash=""))]

    def __str__(self) -> str:
        return str(self.member_id)
