"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class YearState(TextChoices):
    """A fiscal year is a calendar year; it goes one way only."""

    PLANNED = "planned", _("编制中")
    OPEN = "open", _("执行中")
    CLOSED = "closed", _("已结账")


class Side(TextChoices):
    """Which side of the budget a head and its lines are on."""

    INCOME = "income", _("收入")
    SPENDING = "spending", _("支出")


class EntryKind(TextChoices):
    """What an entry of the ledger does to its line."""

    BUDGET = "budget", _("预算")
    RESERVE = "reserve", _("占用")
    RELEASE = "release", _("释放占用")
    SPEND = "spend", _("支出")
    REFUND = "refund", _("退回")
    INCOME = "income", _("收入")


class Ending(TextChoices):
    """How a commitment ended: what its last entry was."""

    SPENT = "spent", _("已支出")
    RELEASED = "released", _("已释放")
    EXPIRED = "expired", _("已过期")
