"""Why a claim or its payment is refused, as tests and logs call it."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class ExpenseRefusal(StrEnum):
    """``label`` is what people read where the refusal has nothing more to tell."""

    NO_PURPOSE = "expense_no_purpose"
    NO_ITEMS = "expense_no_items"
    ITEM = "expense_item"
    NO_PAYEE = "expense_no_payee"
    ACCOUNT = "expense_account"
    INVOICE = "expense_invoice"
    INVOICE_TWICE = "expense_invoice_twice"
    INVOICE_USED = "expense_invoice_used"
    INVOICES_SHORT = "expense_invoices_short"
    LINE = "expense_line"
    NO_MINUTE = "expense_no_minute"
    NO_ROUTE = "expense_no_route"
    NO_REASON = "expense_no_reason"
    WRONG_STATE = "expense_wrong_state"
    NOT_YOURS = "expense_not_your_turn"
    OWN = "expense_own"
    SIGNED_BEFORE = "expense_signed_before"
    CHANGED = "expense_changed"
    IN_PAYMENT = "expense_in_payment"
    NOTHING = "expense_nothing_chosen"
    PAYER = "expense_payer_not_apart"
    BATCH_STATE = "expense_batch_state"
    PAYMENT_STATE = "expense_payment_state"
    HANDED_BEFORE = "expense_handed_before"
    NO_OTHER_INCOME = "expense_no_other_income"
    BUSY = "expense_busy"

    @property
    def label(self) -> str:
        return str(_WORDS.get(self, self.value))


_WORDS = {
    ExpenseRefusal.NO_PURPOSE: _("请填写用途。"),
    ExpenseRefusal.NO_ITEMS: _("请至少填写一行报销明细。"),
    ExpenseRefusal.ITEM: _("每行明细须有内容和大于零、最多两位小数的金额。"),
    ExpenseRefusal.NO_PAYEE: _("请填写收款人和开户银行。"),
    ExpenseRefusal.ACCOUNT: _("收款账号应为 8 至 32 位数字。"),
    ExpenseRefusal.INVOICE: _("发票号码须为 5 至 20 位数字或字母，并填写开票日期、金额和销售方。"),
    ExpenseRefusal.INVOICE_TWICE: _("同一张发票填写了两次。"),
    ExpenseRefusal.INVOICE_USED: _("该发票已在其他报销中使用。"),
    ExpenseRefusal.INVOICES_SHORT: _("发票金额合计小于报销金额。"),
    ExpenseRefusal.LINE: _("请选择执行中年度的支出预算。"),
    ExpenseRefusal.NO_ROUTE: _("尚未设定报销审批流程，请联系校工会。"),
    ExpenseRefusal.NO_REASON: _("请填写原因。"),
    ExpenseRefusal.WRONG_STATE: _("报销单的状态已变化，不能这样办理，请刷新后查看。"),
    ExpenseRefusal.NOT_YOURS: _("现在不由您审批。"),
    ExpenseRefusal.OWN: _("不能审批本人申请或填报的报销。"),
    ExpenseRefusal.SIGNED_BEFORE: _("您已审批过该报销单，下一步须由他人办理。"),
    ExpenseRefusal.CHANGED: _("报销内容与您看到的不一致，请刷新后重新核对。"),
    ExpenseRefusal.IN_PAYMENT: _("该报销已列入付款批次，不能办理。"),
    ExpenseRefusal.NOTHING: _("请选择要支付的报销单。"),
    ExpenseRefusal.PAYER: _("申请人、审批人和付款人须为不同的人。"),
    ExpenseRefusal.BATCH_STATE: _("付款批次的状态已变化，不能这样办理。"),
    ExpenseRefusal.PAYMENT_STATE: _("该笔付款的状态已变化，不能这样办理。"),
    ExpenseRefusal.HANDED_BEFORE: _("银行文件已导出过一次；确需再次导出，请说明原因。"),
    ExpenseRefusal.NO_OTHER_INCOME: _(
        "原年度已结账，退回的款项应作本年度其他收入；请会计先编制本年度“其他收入”预算。"
    ),
    ExpenseRefusal.BUSY: _("忙，请重试。"),
}


class CannotClaim(DomainError):
    """Allowed, but against a rule of claims and their payment; ``code`` is an ``ExpenseRefusal``. Nothing changed."""
