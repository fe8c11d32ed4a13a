"""Why the fund refuses, as tests and logs call it."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class Refusal(StrEnum):
    """``label`` is what people read where the refusal has no figures to tell."""

    AMOUNT = "finance_amount"
    NO_TEXT = "finance_no_text"
    NO_DOCUMENT = "finance_no_document"
    NOTHING = "finance_nothing_to_book"
    WRONG_SIDE = "finance_wrong_side"
    YEAR_NOT_OPEN = "finance_year_not_open"
    YEAR_CLOSED = "finance_year_closed"
    OUTSIDE_YEAR = "finance_outside_year"
    NOT_COVERED = "finance_not_covered"
    BUDGET_IN_USE = "finance_budget_in_use"
    NOT_THAT_MUCH = "finance_not_that_much"
    OTHER_LINE = "finance_commitment_of_other_line"
    COMMITMENT_USED_UP = "finance_commitment_used_up"
    COMMITMENT_ENDED = "finance_commitment_ended"
    NOT_REVERSIBLE = "finance_not_reversible"
    ALREADY_REVERSED = "finance_already_reversed"
    PARTLY_REFUNDED = "finance_partly_refunded"
    NOT_A_SPENDING = "finance_not_a_spending"
    REFUND_TOO_HIGH = "finance_refund_too_high"
    KEY_REUSED = "finance_key_reused"
    BUSY = "finance_busy"
    LINE_EXISTS = "finance_line_exists"
    ACCOUNT_OFF = "finance_account_off"
    YEAR_EXISTS = "finance_year_exists"
    YEAR_STATE = "finance_year_state"
    YEAR_NOT_OVER = "finance_year_not_over"
    PLANNED_BY_SELF = "finance_planned_by_self"
    DRAWN_TOO_HIGH = "finance_drawn_too_high"
    COMMITMENTS_OPEN = "finance_commitments_open"
    NOT_TRANSFERABLE = "finance_not_transferable"
    NO_LINES = "finance_no_lines"
    NOT_FROM_THE_UNION = "finance_not_from_the_union"
    DAY_AHEAD = "finance_day_ahead"
    NO_HEADS = "finance_no_heads"
    HEADS_CHANGED = "finance_heads_changed"
    CODE_TAKEN = "finance_code_taken"
    NAME_TAKEN = "finance_name_taken"
    SIDE_FIXED = "finance_side_fixed"
    PARENT = "finance_parent"

    @property
    def label(self) -> str:
        return str(_WORDS.get(self, self.value))


_WORDS = {
    Refusal.AMOUNT: _("金额须大于零，最多两位小数。"),
    Refusal.NO_TEXT: _("请填写摘要或原因。"),
    Refusal.NO_DOCUMENT: _("请填写依据文件。"),
    Refusal.NOTHING: _("没有要登记的内容。"),
    Refusal.NOT_REVERSIBLE: _("只有支出、退回和收入可以冲销；预算请做调整，占用请释放。"),
    Refusal.ALREADY_REVERSED: _("该笔已冲销，不能重复冲销。"),
    Refusal.PARTLY_REFUNDED: _("该笔支出已有退回，请先冲销退回记录。"),
    Refusal.NOT_A_SPENDING: _("只有支出可以登记退回。"),
    Refusal.OTHER_LINE: _("该笔占用不属于这个预算科目。"),
    Refusal.COMMITMENT_ENDED: _("该笔占用已了结。"),
    Refusal.KEY_REUSED: _("该次提交已登记过其他内容，请刷新页面后重新填写。"),
    Refusal.BUSY: _("忙，请重试。"),
    Refusal.LINE_EXISTS: _("该年度已有相同科目、分工会和项目的预算，请在原预算上调整。"),
    Refusal.ACCOUNT_OFF: _("该科目已停用。"),
    Refusal.YEAR_EXISTS: _("该年度已经建立。"),
    Refusal.PLANNED_BY_SELF: _("预算由编制人以外的人批准启用。"),
    Refusal.DRAWN_TOO_HIGH: _("动用以前年度结余不能超过上年结转。"),
    Refusal.NOT_TRANSFERABLE: _("只能在同一年度、同一收支方向的两项预算之间调剂。"),
    Refusal.NO_LINES: _("该年度还没有编制预算。"),
    Refusal.NOT_FROM_THE_UNION: _("只能从校工会统筹的支出预算拨付。"),
    Refusal.DAY_AHEAD: _("人数截止日不能晚于今天。"),
    Refusal.NO_HEADS: _("该日各分工会没有在册会员。"),
    Refusal.HEADS_CHANGED: _("在册人数与刚才所示不同，现已更新，请核对后再次确认。"),
    Refusal.CODE_TAKEN: _("科目编号已被使用。"),
    Refusal.NAME_TAKEN: _("同一上级科目下已有同名科目。"),
    Refusal.SIDE_FIXED: _("科目的收支方向不能更改，请停用后另建。"),
    Refusal.PARENT: _("上级科目须是同一收支方向的一级科目。"),
}


class CannotBook(DomainError):
    """Allowed, but against a rule of the fund; ``code`` is a ``Refusal``. Nothing was booked."""
