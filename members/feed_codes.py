"""The HR feed and duplicates: fixed words, and why an act is refused. Leaf."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FeedState(TextChoices):
    """Where one daily file stands."""

    OPEN = "open", _("待确认")
    HELD = "held", _("暂停：人数异常")
    REFUSED = "refused", _("无法读取")
    DISCARDED = "discarded", _("已作废")
    SUPERSEDED = "superseded", _("已被后一日替代")


class FeedKind(TextChoices):
    """What one line of the comparison proposes."""

    JOINED = "joined", _("新教职工，未入会")
    LEFT = "left", _("离校")
    DIED = "died", _("去世")
    RETIRED = "retired", _("退休")
    TRANSFERRED = "transferred", _("部门或分工会调整")
    RENAMED = "renamed", _("姓名变化")
    CHANGED = "changed", _("其他信息变化")


class ChangeState(TextChoices):
    PROPOSED = "proposed", _("待确认")
    CONFIRMED = "confirmed", _("已确认")
    DISMISSED = "dismissed", _("不采用")
    SUPERSEDED = "superseded", _("已失效")


class FeedVerdict(TextChoices):
    """Why a row of the daily file is not compared."""

    STAFF_NO_MISSING = "staff_no_missing", _("没有工号，或该栏不是工号")
    STAFF_NO_DUPLICATE = "staff_no_duplicate", _("工号与前面某行重复")
    STAFF_NO_MERGED = "staff_no_merged", _("工号的档案已并入另一份，请人事处改用现用工号")
    NAME_MISSING = "name_missing", _("没有姓名，或姓名栏是公式")
    NUMBER_MISPLACED = "number_misplaced", _("身份证号或银行卡号填在了别的栏里")
    VALUE_TOO_LONG = "value_too_long", _("内容过长")
    DATE_IMPOSSIBLE = "date_impossible", _("日期不存在")
    ID_WRONG = "id_wrong", _("身份证号有误，未采用，其余照常比对")


class FeedRefusal(StrEnum):
    NO_HEADER = "feed_no_header"
    NOBODY_IN_IT = "feed_nobody_in_it"
    STALE = "feed_stale"
    AHEAD = "feed_ahead"
    RUN_HELD = "feed_run_held"
    RUN_CLOSED = "feed_run_closed"
    DECIDED = "feed_line_decided"
    NO_LONGER = "feed_no_longer"
    NO_REASON = "feed_no_reason"
    OWN_RECORD = "feed_own_record"
    NOBODY = "feed_nobody"
    ID_TAKEN = "feed_id_taken"

    @property
    def label(self) -> str:
        return str(_FEED_WORDS[self])


_FEED_WORDS = {
    FeedRefusal.NO_HEADER: _("找不到写有“工号”和“姓名”的表头，或表头中有两栏相同。"),
    FeedRefusal.NOBODY_IN_IT: _("文件里没有一行可以识别的人员。"),
    FeedRefusal.STALE: _("已有更晚日期的日报，这份不再比对。"),
    FeedRefusal.AHEAD: _("日报的日期不能晚于今天。"),
    FeedRefusal.RUN_HELD: _("这份日报人数异常，须先核实放行。"),
    FeedRefusal.RUN_CLOSED: _("这份日报已经处理过或已失效，请刷新后再看。"),
    FeedRefusal.DECIDED: _("这一行已经处理过。"),
    FeedRefusal.NO_LONGER: _("登记的信息已经变化，这一行不再适用。"),
    FeedRefusal.NO_REASON: _("请填写原因。"),
    FeedRefusal.OWN_RECORD: _("不能确认自己的变动，请由其他干事办理。"),
    FeedRefusal.NOBODY: _("没有选中任何一行。"),
    FeedRefusal.ID_TAKEN: _("该身份证号已登记在另一个工号下，请先核对是否重复。"),
}


class PairState(TextChoices):
    """What people said of two records that look like one person."""

    OPEN = "open", _("待核对")
    DISTINCT = "distinct", _("不是同一人")
    MERGED = "merged", _("已合并")


class Likeness(TextChoices):
    """In what two records agree."""

    STAFF_NO = "staff_no", _("工号相同（不计大小写和开头的零）")
    ID_NUMBER = "id_number", _("身份证号相同")
    NAME_BIRTH = "name_birth", _("姓名和出生日期相同")
    PINYIN_BIRTH = "pinyin_birth", _("姓名同音且出生日期相同")
    PHONE = "phone", _("手机号码相同")
    EMAIL = "email", _("电子邮箱相同")
    BANK_CARD = "bank_card", _("银行卡号相同")
    NAME = "name", _("姓名相同")


class MergeRefusal(StrEnum):
    SAME = "merge_same"
    OWN_RECORD = "merge_own_record"
    ALREADY_MERGED = "merge_already_merged"
    NO_REASON = "merge_no_reason"
    ID_DIFFERS = "merge_id_differs"
    BOTH_ACCOUNTS = "merge_both_accounts"
    BOTH_ON_ROLL = "merge_both_on_roll"
    OFF_THE_ROLL = "merge_off_the_roll"
    OBSTACLE = "merge_obstacle"
    UNHANDLED = "merge_unhandled"
    LOST = "merge_lost"
    UNDONE_ALREADY = "merge_undone_already"
    CANNOT_UNDO = "merge_cannot_undo"
    PAIR_DECIDED = "merge_pair_decided"

    @property
    def label(self) -> str:
        return str(_MERGE_WORDS[self])


_MERGE_WORDS = {
    MergeRefusal.SAME: _("这是同一份档案。"),
    MergeRefusal.OWN_RECORD: _("不能合并自己的档案，请由其他干事办理。"),
    MergeRefusal.ALREADY_MERGED: _("其中一份档案已经合并，请刷新后再看。"),
    MergeRefusal.NO_REASON: _("请填写原因。"),
    MergeRefusal.ID_DIFFERS: _("两份档案的身份证号不同，不是同一人；如有一份登记有误，请先更正。"),
    MergeRefusal.BOTH_ACCOUNTS: _("两份档案各有一个可登录的账号，请先请系统管理员停用其中一个。"),
    MergeRefusal.BOTH_ON_ROLL: _("两份档案有重叠的会籍期间，请选择以哪一份为准。"),
    MergeRefusal.OFF_THE_ROLL: _("这样选择会使该会员今天不在册，请改选另一份为准，或先更正会籍。"),
    MergeRefusal.OBSTACLE: _("有业务记录表明这是两个人，不能合并。"),
    MergeRefusal.UNHANDLED: _("系统里有一类记录尚未规定怎样合并，请联系系统管理员。"),
    MergeRefusal.LOST: _("合并前后记录数不一致，已全部撤回，请联系系统管理员。"),
    MergeRefusal.UNDONE_ALREADY: _("这次合并已经撤销。"),
    MergeRefusal.CANNOT_UNDO: _("合并以后又有变动，不能原样撤销。"),
    MergeRefusal.PAIR_DECIDED: _("这一对已经处理过。"),
}
