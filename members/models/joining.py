"""The application for membership (入会申请): from the person by the branch to the union's committee."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.sealed import SealedField
from members.enums import JoinState, Sex
from members.models.branches import Branch
from members.models.people import Member
from members.querysets.life import JoinApplicationQuerySet

OPEN = (JoinState.DRAFT, JoinState.SUBMITTED, JoinState.BRANCH_APPROVED, JoinState.RETURNED)
EDITABLE = (JoinState.DRAFT, JoinState.RETURNED)


def _apart(one: str, other: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"join_{one}_not_{other}",
        condition=Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)}),
    )


def _is_prepared(application: models.Model) -> bool:
    return getattr(application, "prepared_by_id", None) is not None


class JoinApplication(FSMModelMixin, models.Model):
    """What a person writes on the 工会会员登记表, and how it went. Only a draft or a returned one can be changed.

    The branch reviews it, union staff put it before a meeting (``prepare``), the chair writes down what the meeting
    decided: four different people. The transitions say where it can go; who may is in ``members.joining_rights``.
    """

    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("申请人"), related_name="join_applications"
    )
    state = FSMField(_("状态"), max_length=16, choices=JoinState.choices, default=JoinState.DRAFT, protected=True)
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("申请加入的分工会"), related_name="+")
    name = models.CharField(_("姓名"), max_length=60)
    sex = models.CharField(_("性别"), max_length=6, choices=Sex.choices, blank=True)
    birth_on = models.DateField(_("出生日期"), null=True, blank=True)
    ethnicity = models.CharField(_("民族"), max_length=20, blank=True)
    education = models.CharField(_("学历"), max_length=20, blank=True)
    native_place = models.CharField(_("籍贯"), max_length=40, blank=True)
    political_status = models.CharField(_("政治面貌"), max_length=20, blank=True)
    department_name = models.CharField(_("所在部门"), max_length=60, blank=True)
    duty = models.CharField(_("职务"), max_length=40, blank=True)
    title = models.CharField(_("职称"), max_length=40, blank=True)
    hired_on = models.DateField(_("入校日期"), null=True, blank=True)
    phone = models.CharField(_("手机号码"), max_length=32, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    other_union = models.CharField(_("原工会"), max_length=60, blank=True)  # a transfer in, not a first joining
    resume = models.TextField(_("简历"), max_length=1000, blank=True)
    statement = models.TextField(_("申请理由"), max_length=1000, blank=True)
    family = SealedField(_("家庭主要成员及单位"))
    id_number = SealedField(_("身份证号"))
    id_number_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_number_last4 = models.CharField(max_length=4, blank=True, editable=False)

    created_at = models.DateTimeField(_("填写时间"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    branch_reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("分工会审核人"),
        null=True,
        blank=True,
        related_name="+",
    )
    branch_reviewed_at = models.DateTimeField(_("分工会审核时间"), null=True, blank=True)
    branch_opinion = models.CharField(_("分工会意见"), max_length=200, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("提交审批人"),
        null=True,
        blank=True,
        related_name="+",
    )
    prepared_at = models.DateTimeField(_("提交审批时间"), null=True, blank=True)
    minute = models.CharField(_("会议"), max_length=100, blank=True)  # 校工会委员会2026年第5次会议
    document = models.CharField(_("纪要文号"), max_length=60, blank=True)
    document_on = models.DateField(_("会议日期"), null=True, blank=True)
    joins_on = models.DateField(_("入会日期"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("批准人"), null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    said = models.CharField(_("退回或不予批准的原因"), max_length=200, blank=True)
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("会员"), null=True, blank=True, related_name="join_applications"
    )

    masked_fields = ("phone",)

    objects = JoinApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("入会申请")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="join_state_known", condition=Q(state__in=JoinState.values)),
            models.CheckConstraint(name="join_sex_known", condition=Q(sex__in=["", *Sex.values])),
            models.UniqueConstraint(
                name="join_one_open_per_person", fields=["applicant"], condition=Q(state__in=sorted(OPEN))
            ),
            models.CheckConstraint(  # a decision has its meeting, its day and its member
                name="join_admitted_on_a_minute",
                condition=~Q(state=JoinState.ADMITTED)
                | Q(
                    member__isnull=False,
                    approved_by__isnull=False,
                    prepared_by__isnull=False,
                    branch_reviewer__isnull=False,
                    joins_on__isnull=False,
                )
                & ~Q(minute=""),
            ),
            models.CheckConstraint(
                name="join_refusal_says_why",
                condition=~Q(state__in=[JoinState.RETURNED, JoinState.REJECTED]) | ~Q(said=""),
            ),
            # Nobody decides on what he himself wrote, reviewed or put forward (TRUST.md 3).
            _apart("branch_reviewer", "applicant"),
            _apart("prepared_by", "applicant"),
            _apart("approved_by", "applicant"),
            _apart("approved_by", "branch_reviewer"),
            _apart("approved_by", "prepared_by"),
        ]
        indexes = [
            models.Index(name="join_by_state", fields=["state", "branch"]),
            models.Index(name="join_by_id_hash", fields=["id_number_hash"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"

    @property
    def is_prepared(self) -> bool:
        return _is_prepared(self)

    @transition(state, source=EDITABLE, target=JoinState.SUBMITTED)
    def submit(self) -> None:
        """提交。"""

    @transition(state, source=JoinState.SUBMITTED, target=JoinState.BRANCH_APPROVED)
    def branch_approve(self) -> None:
        """分工会同意。"""

    @transition(state, source=JoinState.BRANCH_APPROVED, target=JoinState.ADMITTED, conditions=[_is_prepared])
    def admit(self) -> None:
        """批准入会。"""

    @transition(state, source=[JoinState.SUBMITTED, JoinState.BRANCH_APPROVED], target=JoinState.RETURNED)
    def send_back(self) -> None:
        """退回补正。"""

    @transition(state, source=[JoinState.SUBMITTED, JoinState.BRANCH_APPROVED], target=JoinState.REJECTED)
    def reject(self) -> None:
        """不予批准。"""

    @transition(state, source=sorted(OPEN), target=JoinState.WITHDRAWN)
    def withdraw(self) -> None:
        """撤回。"""
