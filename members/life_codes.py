"""Why a change of membership or an application is refused: codes for tests and logs, with their words. Leaf."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class LifeRefusal(StrEnum):
    NOT_ON_ROLL = "life_not_on_roll"
    ALREADY_ENDED = "life_already_ended"
    ALREADY_ON_ROLL = "life_already_on_roll"
    BEFORE_PERIOD = "life_before_period"
    OVERLAPS = "life_overlaps"
    TOO_FAR_AHEAD = "life_too_far_ahead"
    SAME_BRANCH = "life_same_branch"
    BRANCH_CLOSED = "life_branch_closed"
    NOT_KEPT = "life_not_kept"
    DOCUMENT_MISSING = "life_document_missing"
    APPROVAL_MISSING = "life_approval_missing"
    BASIS_MISSING = "life_basis_missing"
    UNION_MISSING = "life_union_missing"
    OWN_RECORD = "life_own_record"
    ALREADY_CORRECTED = "life_already_corrected"
    NOT_CORRECTABLE = "life_not_correctable"
    LATER_ACT = "life_later_act"
    PERIODS_CHANGED = "life_periods_changed"
    STILL_USED = "life_still_used"
    BUSY = "life_busy"
    MERGED = "life_merged"
    DIED = "life_died"

    @property
    def label(self) -> str:
        return str(_LIFE_WORDS[self])


_LIFE_WORDS = {
    LifeRefusal.NOT_ON_ROLL: _("该人员没有会籍，不能办理。"),
    LifeRefusal.ALREADY_ENDED: _("该会员的会籍已经结束；如登记有误，请先撤销原变动。"),
    LifeRefusal.ALREADY_ON_ROLL: _("该会员已经在会。"),
    LifeRefusal.BEFORE_PERIOD: _("日期须在现有会籍开始之后。"),
    LifeRefusal.OVERLAPS: _("该日期仍在以前的会籍或保留期间之内。"),
    LifeRefusal.TOO_FAR_AHEAD: _("日期太远，请临近时再办理。"),
    LifeRefusal.SAME_BRANCH: _("该会员已在这个分工会。"),
    LifeRefusal.BRANCH_CLOSED: _("这个分工会已停用。"),
    LifeRefusal.NOT_KEPT: _("该人员没有保留会籍，不能恢复；请按入会或转入办理。"),
    LifeRefusal.DOCUMENT_MISSING: _("请填写文号。"),
    LifeRefusal.APPROVAL_MISSING: _("请填写由哪次会议批准。"),
    LifeRefusal.BASIS_MISSING: _("请填写依据或事由。"),
    LifeRefusal.UNION_MISSING: _("请填写对方工会名称。"),
    LifeRefusal.OWN_RECORD: _("不能办理自己的会籍变动，请由其他干事办理。"),
    LifeRefusal.ALREADY_CORRECTED: _("这次变动已经撤销过。"),
    LifeRefusal.NOT_CORRECTABLE: _("撤销本身不能再撤销，请重新办理。"),
    LifeRefusal.LATER_ACT: _("之后还有变动，请从最近的一次开始撤销。"),
    LifeRefusal.PERIODS_CHANGED: _("会籍在此之后被花名册或其他途径改过，不能自动撤销，请核对。"),
    LifeRefusal.STILL_USED: _("已有其他业务引用这段会籍，不能撤销。"),
    LifeRefusal.BUSY: _("花名册正在导入，请稍后再试。"),
    LifeRefusal.DIED: _("该人员已登记去世；如登记有误，请先撤销。"),
    LifeRefusal.MERGED: _("这份档案已并入另一份，请在保留的档案上办理。"),
}


class JoinRefusal(StrEnum):
    ON_ROLL = "join_on_roll"
    KEPT = "join_kept"
    DIED = "join_died"
    OPEN_ALREADY = "join_open_already"
    WRONG_STATE = "join_wrong_state"
    INCOMPLETE = "join_incomplete"
    ID_NUMBER_WRONG = "join_id_number_wrong"
    ID_NUMBER_TAKEN = "join_id_number_taken"
    ID_DIFFERS = "join_id_differs"
    NO_REASON = "join_no_reason"
    NO_MINUTE = "join_no_minute"
    NOT_PREPARED = "join_not_prepared"
    DIFFERENT_MINUTES = "join_different_minutes"
    NOBODY = "join_nobody"
    STAFF_NO_TAKEN = "join_staff_no_taken"
    BACK_TOO_FAR = "join_back_too_far"
    MEETING_AHEAD = "join_meeting_ahead"

    @property
    def label(self) -> str:
        return str(_JOIN_WORDS[self])


_JOIN_WORDS = {
    JoinRefusal.ON_ROLL: _("您已经在会，不需要申请。"),
    JoinRefusal.KEPT: _("您的会籍处于保留状态，恢复会籍请联系校工会办公室。"),
    JoinRefusal.DIED: _("该账号的本人已登记去世，不能申请。登记有误的，请联系校工会办公室。"),
    JoinRefusal.OPEN_ALREADY: _("您已有一份正在办理的申请。"),
    JoinRefusal.WRONG_STATE: _("申请的状态已经变化，请刷新后再看。"),
    JoinRefusal.INCOMPLETE: _("还有必填的内容没有填写。"),
    JoinRefusal.ID_NUMBER_WRONG: _("身份证号有误，请核对。"),
    JoinRefusal.ID_NUMBER_TAKEN: _("该身份证号已登记在另一个工号下，请先核对。"),
    JoinRefusal.ID_DIFFERS: _("出生日期或性别与身份证号不一致，请核对。"),
    JoinRefusal.NO_REASON: _("请写明原因。"),
    JoinRefusal.NO_MINUTE: _("请填写批准的会议和会议日期。"),
    JoinRefusal.NOT_PREPARED: _("还没有提交会议审批。"),
    JoinRefusal.DIFFERENT_MINUTES: _("这些申请不是同一次会议讨论的，请分开批准。"),
    JoinRefusal.NOBODY: _("没有选中申请。"),
    JoinRefusal.STAFF_NO_TAKEN: _("该工号的会员档案已关联另一个账号，请先核对。"),
    JoinRefusal.BACK_TOO_FAR: _("入会日期不能早于会议日期。"),
    JoinRefusal.MEETING_AHEAD: _("会议还没有召开，请在会后批准。"),
}
