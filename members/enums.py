"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Sex(TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class BranchKind(TextChoices):
    UNION = "union", _("校工会")
    BRANCH = "branch", _("分工会")
    GROUP = "group", _("工会小组")


class JoinReason(TextChoices):
    """Why a membership period begins."""

    JOINED = "joined", _("入会")
    TRANSFERRED_IN = "transferred_in", _("转入")
    BRANCH_CHANGE = "branch_change", _("分工会调整")


class EndReason(TextChoices):
    """Why a membership period ends (REGULATIONS.md 2)."""

    RETIRED = "retired", _("退休")
    TRANSFERRED_OUT = "transferred_out", _("调出")
    BRANCH_CHANGE = "branch_change", _("分工会调整")
    LEFT = "left", _("退会")
    EXPELLED = "expelled", _("除名")
    DIED = "died", _("去世")


class Verdict(TextChoices):
    """What an import says about one row. The first group keeps the row out, the second lets it in."""

    STAFF_NO_MISSING = "staff_no_missing", _("没有工号，或该栏不是工号")
    STAFF_NO_DUPLICATE = "staff_no_duplicate", _("工号与前面某行重复")
    NAME_MISSING = "name_missing", _("没有姓名")
    FORMULA_IN_NAME = "formula_in_name", _("姓名栏是公式")
    BRANCH_UNKNOWN = "branch_unknown", _("没有这个分工会")
    ID_PRECISION_LOST = "id_precision_lost", _("身份证号被存成数字，末几位已丢失")
    ID_CHECKSUM = "id_checksum", _("身份证号有误")
    ID_NUMBER_TAKEN = "id_number_taken", _("身份证号已属于另一个工号")
    DATE_IMPOSSIBLE = "date_impossible", _("日期不存在或前后矛盾")
    DATE_MISSING = "date_missing", _("入会时间和入校时间都没有")
    NUMBER_MISPLACED = "number_misplaced", _("身份证号或银行卡号填在了别的栏里")
    VALUE_TOO_LONG = "value_too_long", _("内容过长")

    SEX_DIFFERS_FROM_ID = "sex_differs_from_id", _("性别与身份证号不一致，按花名册登记")
    BIRTH_DIFFERS_FROM_ID = "birth_differs_from_id", _("出生日期与身份证号不一致，按花名册登记")
    SEX_UNKNOWN = "sex_unknown", _("性别栏无法识别，未采用")
    DATE_DAY_MISSING = "date_day_missing", _("日期没有写到日，未采用")
    JOINED_DAY_MISSING = "joined_day_missing", _("没有入会时间，按入校时间起算")
    CARD_PRECISION_LOST = "card_precision_lost", _("银行卡号被存成数字，末几位已丢失，未采用")
    CONTACT_TOO_LONG = "contact_too_long", _("手机或邮箱过长，未采用")
    HISTORY_DIFFERS = "history_differs", _("与已登记的会籍起止不一致，保留原登记")
