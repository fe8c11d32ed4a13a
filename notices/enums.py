"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RuleKind(TextChoices):
    """What a reminder counts its days from."""

    BIRTHDAY = "birthday", _("生日")
    FESTIVAL = "festival", _("节日")


class Audience(TextChoices):
    """Who gets it: the members on the roll, or the people who prepare (STAFF_ROLES in selectors)."""

    MEMBERS = "members", _("全体会员")
    STAFF = "staff", _("工会干部")


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
    UNREACHABLE = "unreachable", _("邮件服务器连接不上")
    INTERRUPTED = "interrupted", _("发送中断")


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
    IN_USE = "in_use"


class ResendRefusal(StrEnum):
    """Why a delivery cannot be sent again."""

    NOT_FAILED = "not_failed"
