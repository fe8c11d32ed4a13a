"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RuleKind(TextChoices):
    """What a reminder counts its days from."""

    BIRTHDAY = "birthday", _("生日")
    FESTIVAL = "festival", _("节日")
    DATE = "date", _("指定日期")
    SOURCE = "source", _("待办事项")


class Timing(TextChoices):
    """On which side of the day the reminder is due."""

    BEFORE = "before", _("提前")
    AFTER = "after", _("推后")


class Repeat(TextChoices):
    """How often a fixed date or a matter comes back; birthdays and festivals come back every year by themselves."""

    ONCE = "once", _("一次")
    YEARLY = "yearly", _("每年")
    MONTHLY = "monthly", _("每月")
    EVERY = "every", _("每隔若干天，直到办结或截止")


class Audience(TextChoices):
    """Who gets it: members on the roll (all, of branches, of a kept selection), or who prepares or is in charge.

    Of a matter (``RuleKind.SOURCE``) ``MEMBERS`` is the person it is about, ``STAFF`` those whom it waits for.
    """

    MEMBERS = "members", _("会员")
    BRANCHES = "branches", _("指定分工会的会员")
    SEGMENT = "segment", _("常用名单中的会员")
    STAFF = "staff", _("工会干部")
    ROLE = "role", _("指定岗位")


TO_MEMBERS = (Audience.MEMBERS, Audience.BRANCHES, Audience.SEGMENT)


class RobotKind(TextChoices):
    """Whose group robot it is."""

    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")
    FEISHU = "feishu", _("飞书")


class Period(TextChoices):
    """How often a digest comes instead of single mails."""

    DAILY = "daily", _("每天一封")
    WEEKLY = "weekly", _("每周一封")


class Festival(TextChoices):
    """The festivals on which a union may give (总工办发〔2017〕32号); core.calendar knows their dates."""

    NEW_YEAR = "元旦", _("元旦")
    SPRING = "春节", _("春节")
    QINGMING = "清明", _("清明")
    LABOUR = "劳动节", _("劳动节")
    DRAGON_BOAT = "端午节", _("端午节")
    MID_AUTUMN = "中秋节", _("中秋节")
    NATIONAL = "国庆节", _("国庆节")


class Channel(TextChoices):
    INBOX = "inbox", _("站内消息")
    EMAIL = "email", _("电子邮件")


class DeliveryState(TextChoices):
    """pending -> sending -> sent / failed / skipped; failed goes back to sending until its tries are used up."""

    PENDING = "pending", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已送达")
    FAILED = "failed", _("发送失败")
    SKIPPED = "skipped", _("不发送")


class Reason(TextChoices):
    """Why somebody is not reached; an SMTP refusal is stored as ``smtp_<code>`` instead."""

    TOO_LATE = "too_late", _("已过补发期限")
    NOT_ON_ROLL = "not_on_roll", _("届时不在册")
    OPTED_OUT = "opted_out", _("本人已关闭")
    NO_ADDRESS = "no_address", _("没有有效的邮箱地址")
    NO_DATE = "no_date", _("没有出生日期")
    RULE_OFF = "rule_off", _("规则已停用")
    ROBOT_OFF = "robot_off", _("机器人已停用")
    UNREACHABLE = "unreachable", _("服务器连接不上")
    INTERRUPTED = "interrupted", _("发送中断")
    DONE = "done", _("事项已办结")
    IN_DIGEST = "in_digest", _("并入摘要邮件")
    NOTHING = "nothing", _("没有内容")
    MERGED = "merged", _("档案已合并，由保留的档案提醒")
    UNKNOWN = "unknown", _("不知是否送达，请先到群里核对")
    NO_ANSWER = "no_answer", _("机器人没有答复是否收到，请先到群里核对")
    HOST_NOT_ALLOWED = "host_not_allowed", _("机器人地址已不在允许的范围")


class RuleRefusal(StrEnum):
    """Why a reminder rule cannot be saved."""

    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    STRAY_BRACE = "stray_brace"
    EMPTY_TEXT = "empty_text"
    LINE_BREAK_IN_SUBJECT = "line_break_in_subject"
    NO_CHANNEL = "no_channel"
    OFFSET_OUT_OF_RANGE = "offset_out_of_range"
    BIRTHDAY_IS_FOR_MEMBERS = "birthday_is_for_members"
    FESTIVAL_UNKNOWN = "festival_unknown"
    DATE_UNKNOWN = "date_unknown"
    SOURCE_UNKNOWN = "source_unknown"
    REPEAT_DOES_NOT_FIT = "repeat_does_not_fit"
    AUDIENCE_INCOMPLETE = "audience_incomplete"
    SEGMENT_UNFIT = "segment_unfit"
    ROBOTS_ARE_FOR_STAFF_RULES = "robots_are_for_staff_rules"
    IN_USE = "in_use"


class AnnouncementState(TextChoices):
    """draft -> published -> withdrawn; published before its time is scheduled."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")


class Readers(TextChoices):
    """For whom an announcement is meant."""

    MEMBERS = "members", _("全体会员")
    BRANCHES = "branches", _("指定分工会")
    STAFF = "staff", _("工会干部")


class AnnouncementRefusal(StrEnum):
    """Why an announcement does not take this step."""

    NOT_A_DRAFT = "announcement_not_a_draft"
    NOT_PUBLISHED = "announcement_not_published"
    EMPTY = "announcement_empty"
    NO_BRANCH = "announcement_no_branch"
    PUBLIC_IS_FOR_ALL = "announcement_public_is_for_all"
    EXPIRES_BEFORE = "announcement_expires_before"
    NO_REASON = "announcement_no_reason"
    NO_RECEIPT_ASKED = "announcement_no_receipt_asked"


class RobotRefusal(StrEnum):
    """Why a robot cannot be kept."""

    ADDRESS_NOT_ALLOWED = "robot_address_not_allowed"
    ADDRESS_MISSING = "robot_address_missing"
    SECRET_MISSING = "robot_secret_missing"


class ResendRefusal(StrEnum):
    """Why a delivery cannot be sent again."""

    NOT_FAILED = "not_failed"
