"""Who did what to whom, when and why: appended only, and chained so that a change shows (TRUST.md 2.11)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.users import User

GENESIS = "0" * 64
REFUSED = "_refused"  # what the action of a refusal ends in


class AuditEntry(models.Model):
    """One act. Position, hashes and ``recorded_at`` are set by the trigger, whatever the insert says."""

    append_only = True
    untracked = True  # no entry is about an entry

    position = models.BigIntegerField(_("序号"), primary_key=True, db_default=0)
    at = models.DateTimeField(_("时间"))
    recorded_at = models.DateTimeField(_("入账时间"), db_default=Now())
    # No database constraint: its check at commit would wait for the person's row with the chain's head in hand.
    actor = models.ForeignKey(
        User, models.DO_NOTHING, verbose_name=_("操作人"), null=True, db_constraint=False, related_name="+"
    )
    actor_username = models.CharField(_("操作人工号"), max_length=32, blank=True)
    actor_roles = ArrayField(models.CharField(max_length=20), verbose_name=_("当时角色"), default=list)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    action = models.CharField(_("行为"), max_length=100)
    target_type = models.CharField(_("对象类型"), max_length=100, blank=True)
    target_id = models.CharField(_("对象编号"), max_length=64, blank=True)
    subject = models.BigIntegerField(_("涉及会员"), null=True)
    basis = models.CharField(_("依据或事由"), max_length=200, blank=True)
    data = models.JSONField(_("详情"), default=dict)
    # Keyed digests of the target's own row, core/row_states.py; empty: no target, or no row at that time.
    state_before = models.CharField(_("变更前摘要"), max_length=64, blank=True, db_default="")
    state_after = models.CharField(_("变更后摘要"), max_length=64, blank=True, db_default="")
    previous_hash = models.CharField(_("前一条摘要"), max_length=64, db_default="")
    hash = models.CharField(_("摘要"), max_length=64, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = _("审计记录")
        ordering = ["-position"]
        constraints = [
            # A fork of the chain is impossible even where the lock is forgotten.
            models.UniqueConstraint(name="audit_chain_never_forks", fields=["previous_hash"]),
            models.CheckConstraint(name="audit_says_what", condition=~models.Q(action="")),
            models.CheckConstraint(name="audit_position_counts", condition=models.Q(position__gt=0)),
        ]
        indexes = [
            models.Index(name="audit_by_subject", fields=["subject", "position"]),
            models.Index(name="audit_by_target", fields=["target_type", "target_id", "position"]),
            models.Index(name="audit_by_actor", fields=["actor", "position"]),
            models.Index(name="audit_by_action", fields=["action", "position"]),
            # Refusals are few: core/refusals.py counts them, by person or by address.
            models.Index(
                name="audit_refusals", fields=["actor", "address", "at"], condition=models.Q(action__endswith=REFUSED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.action}"

    @property
    def refused(self) -> bool:
        """The result: an act that was refused, or one that was done."""
        return self.action.endswith(REFUSED)


class AuditChain(models.Model):
    """The head of the chain: one row, moved by the trigger only. The application may read it."""

    read_only = True

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        verbose_name = verbose_name_plural = _("审计链头")
        constraints = [models.CheckConstraint(name="audit_chain_has_one_head", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"
