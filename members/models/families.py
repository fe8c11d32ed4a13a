"""Family members (class C3): names and birth dates are sealed, kept on the member's own consent only.

REGULATIONS.md 11: any data of a child under 14 is sensitive (个人信息保护法 Art 28); separate consent (Art 29), of a
parent or guardian for a child under 14 (Art 31).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.sealed import SealedField
from members.enums import Relation
from members.models.people import Member


class FamilyConsent(models.Model):
    """The member's separate consent that the union keeps data of his family, to a wording, until he takes it back."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="family_consents")
    text_version = models.CharField(_("文本版本"), max_length=20)
    signed_at = models.DateTimeField(_("签署时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("家庭信息同意书")
        ordering = ["-signed_at"]
        constraints = [
            models.UniqueConstraint(
                name="family_consent_one_open", fields=["member"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="family_consent_in_order",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("signed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.signed_at:%Y-%m-%d}"


class FamilyMember(models.Model):
    """One person of a member's family. Not even the year of birth is in clear; gone when the consent is withdrawn."""

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="family")
    consent = models.ForeignKey(FamilyConsent, models.PROTECT, verbose_name=_("同意书"), related_name="people")
    relation = models.CharField(_("关系"), max_length=6, choices=Relation.choices)
    name = SealedField(_("姓名"))
    birth_on = SealedField(_("出生日期"))
    guardian_at = models.DateTimeField(_("监护人同意时间"), null=True, blank=True)  # for a child under 14
    created_at = models.DateTimeField(_("填写时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("家庭成员")
        ordering = ["member", "pk"]
        constraints = [
            models.CheckConstraint(name="family_relation_known", condition=Q(relation__in=Relation.values)),
        ]

    def __str__(self) -> str:
        return self.get_relation_display()
