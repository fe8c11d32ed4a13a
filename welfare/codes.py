"""Why welfare refuses, as tests and logs call it."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class Refusal(StrEnum):
    """``label`` is what people read where the refusal has no figures to tell."""

    WRONG_STATE = "benefit_wrong_state"
    NOT_A_FESTIVAL = "benefit_not_a_festival"
    FESTIVAL_OFF = "benefit_festival_not_allowed"
    CUT_OFF = "benefit_cut_off"
    NOT_YET = "benefit_cut_off_to_come"
    WRONG_YEAR = "benefit_wrong_year"
    AMOUNT = "benefit_amount"
    RUN_EXISTS = "benefit_run_exists"
    NOBODY = "benefit_nobody"
    OVER_CEILING = "benefit_over_ceiling"
    NO_LINE = "benefit_no_line"
    LINE_SIDE = "benefit_line_side"
    SAME_PERSON = "benefit_same_person"
    NO_REASON = "benefit_no_reason"
    EXCEPTIONS_OPEN = "benefit_exceptions_open"
    RECEIVED_ALREADY = "benefit_received_already"
    HANDED_OUT = "benefit_handed_out"
    BUSY = "benefit_busy"
    LISTED_ALREADY = "benefit_listed_already"
    NOT_LISTED = "benefit_not_listed"
    SAME_BRANCH = "benefit_same_branch"
    NO_BRANCH = "benefit_no_branch"
    EXCEPTION_OPEN = "benefit_exception_open"
    MERGED = "benefit_member_merged"
    FETCH_UNTIL = "benefit_fetch_until_past"
    NO_HEIR = "benefit_no_heir"
    HEIR_LISTED = "benefit_heir_listed"

    @property
    def label(self) -> str:
        return str(_WORDS.get(self, self.value))


_WORDS = {
    Refusal.WRONG_STATE: _("当前状态不能办理这一步，请刷新页面。"),
    Refusal.NOT_A_FESTIVAL: _(
        "只有元旦、春节、清明、劳动节、端午节、中秋节、国庆节可以节日慰问（总工办发〔2017〕32号）。"
    ),
    Refusal.CUT_OFF: _("生日福利按月或全年发放，不填截止日；其他福利须填名单截止日。"),
    Refusal.NOT_YET: _("名单截止日还没有到，到当日或之后再定名单。"),
    Refusal.WRONG_YEAR: _("截止日须在计入年度之内，或在上一年末。"),
    Refusal.AMOUNT: _("每人标准须大于零，最多两位小数。"),
    Refusal.RUN_EXISTS: _("同一名称、截止日（或月份）的发放已经有了，不能重复。"),
    Refusal.NOBODY: _("没有符合条件的人，没有生成名单。"),
    Refusal.NO_LINE: _("请先选择预算，再批准。"),
    Refusal.LINE_SIDE: _("请选择支出预算。"),
    Refusal.SAME_PERSON: _("名单由定名单人以外的人批准。"),
    Refusal.NO_REASON: _("请填写原因。"),
    Refusal.EXCEPTIONS_OPEN: _("还有名单例外等待批准，办完再结清。"),
    Refusal.HANDED_OUT: _("已有人领取，不能取消；请结清，未领的核销。"),
    Refusal.BUSY: _("忙，请重试。"),
    Refusal.LISTED_ALREADY: _("此人已在名单上。"),
    Refusal.NOT_LISTED: _("此人不在名单上，或已经领取。"),
    Refusal.SAME_BRANCH: _("名单上已是这个分工会。"),
    Refusal.NO_BRANCH: _("请选择分工会。"),
    Refusal.EXCEPTION_OPEN: _("此人已有一项例外等待批准。"),
    Refusal.RECEIVED_ALREADY: _("此人本年已享受过生日福利。"),
    Refusal.FETCH_UNTIL: _("领取截止日不能早于今天。"),
    Refusal.NO_HEIR: _("请填写转给谁（另一位会员的工号）。"),
    Refusal.HEIR_LISTED: _("接收人已在名单上，一人一份。"),
    Refusal.MERGED: _("这份档案已并入另一份，请选择并入后的会员。"),
}


class CannotRun(DomainError):
    """Allowed, but against a rule of welfare; ``code`` is a ``Refusal``. Nothing was changed."""
