"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Occasion(TextChoices):
    """What a run is for. The seven statutory festivals of 总工办发〔2017〕32号 and no other one is a 节日."""

    NEW_YEAR = "new_year", _("元旦")
    SPRING = "spring", _("春节")
    QINGMING = "qingming", _("清明")
    LABOUR = "labour", _("劳动节")
    DRAGON_BOAT = "dragon_boat", _("端午节")
    MID_AUTUMN = "mid_autumn", _("中秋节")
    NATIONAL = "national", _("国庆节")
    BIRTHDAY = "birthday", _("生日")
    CINEMA = "cinema", _("电影")
    PARK_CARD = "park_card", _("公园年票")
    OTHER = "other", _("其他")


FESTIVALS = (
    *(Occasion.NEW_YEAR, Occasion.SPRING, Occasion.QINGMING, Occasion.LABOUR),
    *(Occasion.DRAGON_BOAT, Occasion.MID_AUTUMN, Occasion.NATIONAL),
)


class BenefitState(TextChoices):
    """Where a run stands."""

    DRAFT = "draft", _("拟定中")
    FROZEN = "frozen", _("待主席批准")
    APPROVED = "approved", _("已批准，待发放")
    HANDING_OUT = "handing_out", _("发放中")
    SETTLED = "settled", _("已结清")
    CANCELLED = "cancelled", _("已取消")


# The list stands, and people may still be added, taken off or moved by an exception.
CHANGEABLE = (BenefitState.FROZEN, BenefitState.APPROVED, BenefitState.HANDING_OUT)


class Verdict(TextChoices):
    """What the dated rules said of a run when its list was frozen."""

    NONE = "", _("未核对")
    CLEAR = "clear", _("符合规定")
    WARNED = "warned", _("有提醒")
    NO_RULE = "no_rule", _("没有适用的标准")


class EntitlementState(TextChoices):
    """Where one person's share of a run stands."""

    LISTED = "listed", _("待领取")
    RECEIVED = "received", _("已领取")
    WRITTEN_OFF = "written_off", _("未领，已核销")
    WITHDRAWN = "withdrawn", _("已撤出名单")
    OUT = "out", _("不享受")


# What a run costs, and what counts towards a person's year.
IN_THE_RUN = (EntitlementState.LISTED, EntitlementState.RECEIVED, EntitlementState.WRITTEN_OFF)
COUNTED = (EntitlementState.LISTED, EntitlementState.RECEIVED)


class OutReason(TextChoices):
    """Why somebody who was considered is not on the list; empty for who is."""

    NONE = "", _("享受")
    JOINED_AFTER = "joined_after", _("截止日后入会")
    RETIRED = "retired", _("截止日前退休")
    LEFT = "left", _("截止日前离会")
    DIED = "died", _("截止日前去世")
    KEPT = "kept", _("保留会籍")
    RECEIVED = "received", _("本年已享受")
    CEILING = "ceiling", _("超过标准")
    NO_BIRTHDAY = "no_birthday", _("出生日期未登记")


class ExceptionKind(TextChoices):
    """What is asked for after the list was frozen."""

    ADD = "add", _("补列")
    WITHDRAW = "withdraw", _("撤出")
    MOVE = "move", _("改分工会")
    PASS_ON = "pass_on", _("余物转给他人")


class ExceptionState(TextChoices):
    ASKED = "asked", _("待批准")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未批准")


class HandoutWay(TextChoices):
    """How the officer found whom he gave it to."""

    SCANNED = "scanned", _("扫会员码")
    TYPED = "typed", _("输入工号")
    LISTED = "listed", _("名单勾选")
