"""Words of branches, membership, joining, own requests and dues. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Sex(TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class BirthdayCalendar(TextChoices):
    """By which calendar a member keeps his birthday."""

    SOLAR = "solar", _("公历")
    LUNAR = "lunar", _("农历")


class BranchKind(TextChoices):
    UNION = "union", _("校工会")
    BRANCH = "branch", _("分工会")
    GROUP = "group", _("工会小组")


class JoinReason(TextChoices):
    """Why a membership period begins."""

    JOINED = "joined", _("入会")
    TRANSFERRED_IN = "transferred_in", _("转入")
    BRANCH_CHANGE = "branch_change", _("分工会调整")
    RESUMED = "resumed", _("恢复会籍")


class EndReason(TextChoices):
    """Why a membership period ends (REGULATIONS.md 2)."""

    RETIRED = "retired", _("退休")
    TRANSFERRED_OUT = "transferred_out", _("调出")
    BRANCH_CHANGE = "branch_change", _("分工会调整")
    LEFT = "left", _("退会")
    EXPELLED = "expelled", _("除名")
    DIED = "died", _("去世")
    KEPT = "kept", _("保留会籍")


class ActKind(TextChoices):
    """A change of somebody's membership (会籍变动); what its day means is told in ``MembershipAct``."""

    JOINED = "joined", _("入会")
    TRANSFERRED_IN = "transferred_in", _("会籍转入")
    BRANCH_CHANGE = "branch_change", _("分工会调整")
    TRANSFERRED_OUT = "transferred_out", _("会籍转出")
    RETIRED = "retired", _("退休")
    KEPT = "kept", _("保留会籍")
    RESUMED = "resumed", _("恢复会籍")
    LEFT = "left", _("退会")
    EXPELLED = "expelled", _("开除会籍")
    DIED = "died", _("去世")
    CORRECTED = "corrected", _("撤销变动")


class KeptReason(TextChoices):
    """Why a membership is kept without dues, votes and benefits (charter Art 8; REGULATIONS.md 2)."""

    RETIRED = "retired", _("退休")
    VETERAN = "veteran", _("离休")
    UNEMPLOYED = "unemployed", _("失业")
    POSTED = "posted", _("长期外派")


class StaffCategory(TextChoices):
    """What a woman's retirement age goes by; nothing follows from it for a man."""

    CADRE = "cadre", _("干部（管理、专业技术岗）")
    WORKER = "worker", _("工人（工勤岗）")
    SENIOR = "senior", _("女高级职称或县处级，按本人选择同男性")


class JoinState(TextChoices):
    """Where an application for membership stands (入会申请)."""

    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待分工会审核")
    BRANCH_APPROVED = "branch_approved", _("待校工会审批")
    RETURNED = "returned", _("退回补正")
    ADMITTED = "admitted", _("已批准入会")
    REJECTED = "rejected", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class ChangeState(TextChoices):
    """Where a request to change one's own file stands (信息变更)."""

    SUBMITTED = "submitted", _("待校工会审核")
    RETURNED = "returned", _("退回补正")
    ACCEPTED = "accepted", _("已更正")
    REJECTED = "rejected", _("不予更正")
    WITHDRAWN = "withdrawn", _("已撤回")


class SubjectKind(TextChoices):
    """What a person may ask about his data (个人信息保护法 Art 44-47, 15, 50)."""

    ACCESS = "access", _("查阅、复制")
    CORRECTION = "correction", _("更正、补充")
    DELETION = "deletion", _("删除")
    CONSENT = "consent", _("撤回同意")
    COMPLAINT = "complaint", _("投诉")


class SubjectState(TextChoices):
    OPEN = "open", _("待答复")
    GRANTED = "granted", _("已办理")
    PARTLY = "partly", _("部分办理")
    REFUSED = "refused", _("不予办理")
    WITHDRAWN = "withdrawn", _("已撤回")


class ConsentKind(TextChoices):
    """What a text is about; the first is read and acknowledged, the second agreed to apart (PIPL Art 17, 29)."""

    PRIVACY = "privacy", _("个人信息告知书")
    SENSITIVE = "sensitive", _("敏感个人信息单独同意书")


class DuesWay(TextChoices):
    """How a month's dues came in."""

    PAYROLL = "payroll", _("工资代扣")
    CASH = "cash", _("现金")
    TRANSFER = "transfer", _("转账")


class Verdict(TextChoices):
    """What an import says about one row. The first group keeps the row out, the second lets it in."""

    STAFF_NO_MISSING = "staff_no_missing", _("没有工号，或该栏不是工号")
    STAFF_NO_DUPLICATE = "staff_no_duplicate", _("工号与前面某行重复")
    STAFF_NO_MERGED = "staff_no_merged", _("该工号的档案已并入另一份，请改用现用工号")
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
