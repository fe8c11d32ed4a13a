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


class ExpenseKind(TextChoices):
    """What money is asked back for; the route may differ by it."""

    GENERAL = "general", _("一般报销")
    ACTIVITY = "activity", _("活动支出")
    CONDOLENCE = "condolence", _("慰问支出")
    TRAINING = "training", _("培训支出")
    PROCUREMENT = "procurement", _("采购")
    TRAVEL = "travel", _("差旅支出")


class ExpenseState(TextChoices):
    """Where a claim stands. ``APPROVED`` again after a payment came back."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("审批中")
    RETURNED = "returned", _("退回补正")
    APPROVED = "approved", _("已批准待支付")
    PAID = "paid", _("已支付")
    REJECTED = "rejected", _("不予报销")
    WITHDRAWN = "withdrawn", _("已撤回")


class Desk(TextChoices):
    """Whose signature a step of the route asks for."""

    BRANCH = "branch", _("分工会负责人")
    STAFF = "staff", _("校工会干事")
    ACCOUNTANT = "accountant", _("会计")
    CHAIR = "chair", _("主席")


class ActKind(TextChoices):
    """One act on a claim, in its history."""

    SUBMIT = "submit", _("提交")
    APPROVE = "approve", _("同意")
    RETURN = "return", _("退回补正")
    REJECT = "reject", _("不予报销")
    RECALL = "recall", _("收回修改")
    WITHDRAW = "withdraw", _("撤回")


class BatchState(TextChoices):
    """A payment batch: made, its bank file handed over once, done when each payment has its outcome."""

    MADE = "made", _("待导出")
    HANDED = "handed", _("已导出银行文件")
    DONE = "done", _("已办结")


class PaymentState(TextChoices):
    """``DROPPED`` never left the bank account; ``BOUNCED`` came back."""

    WAITING = "waiting", _("待支付")
    PAID = "paid", _("已支付")
    BOUNCED = "bounced", _("已退回")
    DROPPED = "dropped", _("未支付")


LIVE = (PaymentState.WAITING, PaymentState.PAID)  # of one claim one at most
