"""Words with a fixed set of values. Leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """The offices of TRUST.md 3; member and delegate are derived from the records instead."""

    BRANCH_OFFICER = "branch_officer", _("分工会负责人")
    UNION_STAFF = "union_staff", _("工会干事")
    CHAIR = "chair", _("主席")
    ACCOUNTANT = "accountant", _("会计")
    CASHIER = "cashier", _("出纳")
    AUDITOR = "auditor", _("经审委员")
    HANDLER = "handler", _("承办部门")
    SCHOOL_LEADER = "school_leader", _("分管校领导")
    TELLER = "teller", _("监票/计票人")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")


# Read by the whole union in the browser admin; the others work in the portal.
ADMIN_ROLES = frozenset(
    {
        Role.UNION_STAFF,
        Role.CHAIR,
        Role.ACCOUNTANT,
        Role.CASHIER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDIT_ADMIN,
    }
)
# 会计 ≠ 出纳, and nobody of these four holds a second of the four (DESIGN.md, TRUST.md 3).
MONEY_ROLES = frozenset({Role.CHAIR, Role.ACCOUNTANT, Role.CASHIER, Role.AUDITOR})
# 三员 (等保 2.0): apart from each other and from every business role.
GUARDIAN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# TRUST.md 3, rows 4-14: every office but the branch's.
SECOND_FACTOR_ROLES = frozenset(Role) - {Role.BRANCH_OFFICER}


class Story(TextChoices):
    """What the watch over the audit tells (core/watch.py)."""

    MANY_REVEALS = "many_reveals", _("短时间大量查看个人信息原文")
    MANY_REFUSALS = "many_refusals", _("短时间多次越权访问")
    SPRAYING = "spraying", _("同一地址尝试多个账号登录")
    ROLE_TO_SELF = "role_to_self", _("试图变更本人的授权")
    GRANT_OFF_HOURS = "grant_off_hours", _("夜间授予角色")
    NIGHT_LISTS = "night_lists", _("凌晨打印或导出名单")
    BROKEN_CHAIN = "broken_chain", _("审计链校验不通过")
    BROKEN_BOOKS = "broken_books", _("账目核对不一致")
    PARKED_WORK = "parked_work", _("后台任务多次失败已搁置")


class Effect(TextChoices):
    """What a policy row does to an act that breaks it."""

    BLOCK = "block", _("禁止")
    WARN = "warn", _("提醒")


class Scope(TextChoices):
    """How far a policy row reaches; the narrowest that applies is used."""

    NATION = "nation", _("国家")
    PROVINCE = "province", _("省级")
    SCHOOL = "school", _("学校")
    BRANCH = "branch", _("分工会")


class Mark(TextChoices):
    """How sure we are of a rule (REGULATIONS.md 0)."""

    VERIFIED = "V", _("已核对原文")
    SECOND_HAND = "V*", _("转引")
    MEMORY = "M", _("凭记忆")
    UNSURE = "U", _("未确认")
    SUGGESTED = "S", _("建议值")


class FileKind(TextChoices):
    """What an attachment is, by its content."""

    JPEG = "jpeg", _("照片（JPEG）")
    PNG = "png", _("图片（PNG）")
    PDF = "pdf", _("PDF 文件")
    XLSX = "xlsx", _("Excel 表格")
    DOCX = "docx", _("Word 文档")
    CSV = "csv", _("CSV 表格")


class ExportFormat(TextChoices):
    XLSX = "xlsx", _("Excel 表格（.xlsx）")
    CSV = "csv", _("CSV 文本（.csv）")
    PDF = "pdf", _("PDF 文件（.pdf）")


class ExportState(TextChoices):
    WAITING = "waiting", _("等待处理")
    RUNNING = "running", _("正在生成")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")
    EXPIRED = "expired", _("已过期")


# Short names as people say them; a provincial rule's place and the school's own (SCHOOL_PROVINCE) are of these.
PROVINCES = (
    *("北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽"),
    *("福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南"),
    *("西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "台湾", "香港", "澳门"),
)
