"""Why a change of one's file, a member code or a request about one's data is refused. Leaf."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class ChangeRefusal(StrEnum):
    NO_REASON = "change_no_reason"
    NOTHING_CHANGES = "change_nothing_changes"
    UNKNOWN_FIELD = "change_unknown_field"
    NAME_EMPTY = "change_name_empty"
    OPEN_ALREADY = "change_open_already"
    WRONG_STATE = "change_wrong_state"
    REGISTER_CHANGED = "change_register_changed"
    ID_NUMBER_WRONG = "change_id_number_wrong"
    ID_NUMBER_TAKEN = "change_id_number_taken"
    ID_DIFFERS = "change_id_differs"
    CARD_WRONG = "change_card_wrong"

    @property
    def label(self) -> str:
        return str(_CHANGE_WORDS[self])


_CHANGE_WORDS = {
    ChangeRefusal.NO_REASON: _("请写明原因。"),
    ChangeRefusal.NOTHING_CHANGES: _("填写的内容与现有登记相同，没有需要更正的。"),
    ChangeRefusal.UNKNOWN_FIELD: _("这一栏不能在这里更正。"),
    ChangeRefusal.NAME_EMPTY: _("姓名不能为空。"),
    ChangeRefusal.OPEN_ALREADY: _("您已有一份正在办理的变更申请，请先等它办结或撤回。"),
    ChangeRefusal.WRONG_STATE: _("申请的状态已经变化，请刷新后再看。"),
    ChangeRefusal.REGISTER_CHANGED: _("提交后登记内容已被改动，请退回本人，按现有登记重新提交。"),
    ChangeRefusal.ID_NUMBER_WRONG: _("身份证号有误，请核对。"),
    ChangeRefusal.ID_NUMBER_TAKEN: _("该身份证号已登记在另一个工号下，请先核对。"),
    ChangeRefusal.ID_DIFFERS: _("更正后的出生日期或性别与身份证号不一致，请一并核对。"),
    ChangeRefusal.CARD_WRONG: _("银行卡号应为 12 至 19 位数字。"),
}


class CodeRefusal(StrEnum):
    TOO_MANY_TODAY = "code_too_many_today"
    UNKNOWN = "code_unknown"
    NOT_ON_ROLL = "code_not_on_roll"
    NO_CODE = "code_not_made"

    @property
    def label(self) -> str:
        return str(_CODE_WORDS[self])


_CODE_WORDS = {
    CodeRefusal.TOO_MANY_TODAY: _("今天更换会员码的次数已满，请明天再换。"),
    CodeRefusal.UNKNOWN: _("这不是有效的会员码，可能已更换；请本人打开会员码后再扫。"),
    CodeRefusal.NOT_ON_ROLL: _("该会员当天不在册。"),
    CodeRefusal.NO_CODE: _("还没有会员码，请先生成。"),
}


class SubjectRefusal(StrEnum):
    NO_TEXT = "subject_no_text"
    WRONG_STATE = "subject_wrong_state"
    NO_ANSWER = "subject_no_answer"
    NO_BASIS = "subject_no_basis"
    TOO_MANY_OPEN = "subject_too_many_open"
    NOT_THE_TEXT = "consent_not_the_text"
    GIVEN_ALREADY = "consent_given_already"
    NOT_GIVEN = "consent_not_given"
    NOTICE_STAYS = "consent_notice_stays"
    TEXT_KNOWN = "consent_text_known"
    TEXT_BACKDATED = "consent_text_backdated"
    STILL_NEEDED = "erasure_still_needed"
    NOTHING_THERE = "erasure_nothing_there"
    NO_TERM = "erasure_no_term"

    @property
    def label(self) -> str:
        return str(_SUBJECT_WORDS[self])


_SUBJECT_WORDS = {
    SubjectRefusal.NO_TEXT: _("请写明请求内容。"),
    SubjectRefusal.WRONG_STATE: _("请求的状态已经变化，请刷新后再看。"),
    SubjectRefusal.NO_ANSWER: _("请写明答复。"),
    SubjectRefusal.NO_BASIS: _("请写明依据；不能删除的，写明法规和保存期限。"),
    SubjectRefusal.TOO_MANY_OPEN: _("您已有几件请求在办理，请等答复后再提交。"),
    SubjectRefusal.NOT_THE_TEXT: _("文本已经更新，请重新阅读后确认。"),
    SubjectRefusal.GIVEN_ALREADY: _("您已确认过这份文本。"),
    SubjectRefusal.NOT_GIVEN: _("没有生效的同意可以撤回。"),
    SubjectRefusal.NOTICE_STAYS: _("告知书只是阅读确认，不存在撤回；对处理有异议请提交请求。"),
    SubjectRefusal.TEXT_KNOWN: _("这个版本或起用日期已有文本。"),
    SubjectRefusal.TEXT_BACKDATED: _("新文本不能从过去的日期起用。"),
    SubjectRefusal.STILL_NEEDED: _("该人员仍在册、保留会籍，或离会未满保存期限，联系方式还不能清除。"),
    SubjectRefusal.NOTHING_THERE: _("没有需要清除的联系信息。"),
    SubjectRefusal.NO_TERM: _("制度参数中没有生效的“离会后联系方式保存年限”，不能清除。"),
}
