"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Sex(TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class BranchKind(TextChoices):
    UNION = "union", _("校工会")
    BRANCH = "branch", _("分工会")
    GROUP = "group", _("工会小组")


class JoinReason(TextChoices):
    """Why a membership period begins."""

    JOINED = "joined", _("入会")
    TRANSFERRED_IN = "transferred_in", _("转入")
    BRANCH_CHANGE = "branch_change", _("分工会调整")


class EndReason(TextChoices):
    """Why a membership period ends (REGULATIONS.md 2)."""

    RETIRED = "retired", _("退休")
    TRANSFERRED_OUT = "transferred_out", _("调出")
    BRANCH_CHANGE = "branch_change", _("分工会调整")
    LEFT = "left", _("退会")
    EXPELLED = "expelled", _("除名")
    DIED = "died", _("去世")
