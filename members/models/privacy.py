"""What a person may ask about his data, what he agreed to, and what was erased (个人信息保护法)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.models import PolicyRule
from members.enums import ConsentKind, SubjectKind, SubjectState
from members.models.people import Member
from members.querysets.own import ConsentTextQuerySet, SubjectRequestQuerySet


class SubjectRequest(FSMModelMixin, models.Model):
    """A person's request about his data (PIPL Art 44-47): answered with its basis by a day in working days."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="subject_requests")
    kind = models.CharField(_("事项"), max_length=12, choices=SubjectKind.choices)
    state = FSMField(
        _("状态"), max_length=12, choices=SubjectState.choices, default=SubjectState.OPEN, protected=True
    )
    text = models.TextField(_("请求内容"), max_length=1000)
    submitted_at = models.DateTimeField(_("提交时间"))
    due_on = models.DateField(_("答复期限"))
    due_rule = models.ForeignKey(
        PolicyRule, models.PROTECT, verbose_name=_("期限依据"), null=True, blank=True, related_name="+"
    )
    answer = models.TextField(_("答复"), max_length=1000, blank=True)
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("答复人"), null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    objects = SubjectRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("个人信息请求")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="subject_state_known", condition=Q(state__in=SubjectState.values)),
            models.CheckConstraint(name="subject_kind_known", condition=Q(kind__in=SubjectKind.values)),
            models.CheckConstraint(name="subject_says_what", condition=~Q(text="")),
            models.CheckConstraint(  # an answer has its words, its basis and its author
                name="subject_answer_whole",
                condition=Q(state__in=[SubjectState.OPEN, SubjectState.WITHDRAWN])
                | (Q(answered_by__isnull=False, closed_at__isnull=False) & ~Q(answer="") & ~Q(basis="")),
            ),
        ]
        indexes = [models.Index(name="subject_by_state", fields=["state", "due_on"])]

    def __str__(self) -> str:
        return f"{self.member} {self.get_kind_display()}"

    @transition(state, source=SubjectState.OPEN, target=SubjectState.GRANTED)
    def grant(self) -> None:
        """已办理。"""

    @transition(state, source=SubjectState.OPEN, target=SubjectState.PARTLY)
    def grant_partly(self) -> None:
        """部分办理。"""

    @transition(state, source=SubjectState.OPEN, target=SubjectState.REFUSED)
    def refuse(self) -> None:
        """不予办理。"""

    @transition(state, source=SubjectState.OPEN, target=SubjectState.WITHDRAWN)
    def withdraw(self) -> None:
        """撤回。"""


class ConsentText(models.Model):
    """One version of what people are told or agree to; a new wording is a new row, from a day on."""

    append_only = True

    kind = models.CharField(_("种类"), max_length=12, choices=ConsentKind.choices)
    version = models.CharField(_("版本"), max_length=20)
    text = models.TextField(_("正文"), max_length=8000)
    from_on = models.DateField(_("自何日起用"))

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("告知与同意文本")
        ordering = ["kind", "-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="consent_text_kind_known", condition=Q(kind__in=ConsentKind.values)),
            models.UniqueConstraint(name="consent_text_version_once", fields=["kind", "version"]),
            models.UniqueConstraint(
                name="consent_text_one_a_day",
                fields=["kind", "from_on"],
                violation_error_message=_("同一天起用的文本已有一份。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class Consent(models.Model):
    """That one person took note of a text or agreed to it, and until when."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, verbose_name=_("文本"), related_name="consents")
    given_at = models.DateTimeField(_("确认时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("告知与同意")
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                name="consent_stands_once", fields=["member", "text"], condition=Q(withdrawn_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.text_id}"


class Erasure(models.Model):
    """The erasure journal: whose fields were emptied when and by which rule. A restored backup is emptied again."""

    append_only = True

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="erasures")
    fields = ArrayField(models.CharField(max_length=60), verbose_name=_("清除的栏目"))
    rule = models.CharField(_("依据"), max_length=200)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("执行人"), null=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("清除记录")
        ordering = ["-at"]
        constraints = [models.CheckConstraint(name="erasure_of_something", condition=Q(fields__len__gt=0))]

    def __str__(self) -> str:
        return f"{self.member_id} {self.fields}"
