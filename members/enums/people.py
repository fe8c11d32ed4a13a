"""Words with a fixed set of values about posts, honours, families, pairings and staff homes. Leaf."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BodyKind(TextChoices):
    """An organ of the union (组织机构)."""

    COMMITTEE = "committee", _("工会委员会")
    AUDIT = "audit", _("经费审查委员会")
    WOMEN = "women", _("女职工委员会")
    BRANCH_COMMITTEE = "branch_committee", _("分工会委员会")
    GROUP = "group", _("工会小组")
    REPORTERS = "reporters", _("信息员队伍")
    LABOUR = "labour", _("劳动监督员队伍")


# Elected for a term of 3 or 5 years (工会法 Art 16); the others stand until they are dissolved.
TERMED = frozenset({BodyKind.COMMITTEE, BodyKind.AUDIT, BodyKind.WOMEN, BodyKind.BRANCH_COMMITTEE})
OF_A_BRANCH = frozenset({BodyKind.BRANCH_COMMITTEE, BodyKind.GROUP})


class Position(TextChoices):
    CHAIR = "chair", _("主席（主任）")
    VICE = "vice", _("副主席（副主任）")
    STANDING = "standing", _("常务委员")
    COMMITTEE = "committee", _("委员")
    LEADER = "leader", _("组长")
    REPORTER = "reporter", _("信息员")
    INSPECTOR = "inspector", _("监督员")


POSITIONS: dict[str, tuple[Position, ...]] = {
    BodyKind.COMMITTEE: (Position.CHAIR, Position.VICE, Position.STANDING, Position.COMMITTEE),
    BodyKind.AUDIT: (Position.CHAIR, Position.VICE, Position.COMMITTEE),
    BodyKind.WOMEN: (Position.CHAIR, Position.VICE, Position.COMMITTEE),
    BodyKind.BRANCH_COMMITTEE: (Position.CHAIR, Position.VICE, Position.COMMITTEE),
    BodyKind.GROUP: (Position.LEADER,),
    BodyKind.REPORTERS: (Position.REPORTER,),
    BodyKind.LABOUR: (Position.INSPECTOR,),
}


class How(TextChoices):
    """How somebody came to a post."""

    ELECTED = "elected", _("选举")
    APPOINTED = "appointed", _("任命")
    COOPTED = "coopted", _("增补")


class Relation(TextChoices):
    """Who somebody is to the member."""

    CHILD = "child", _("子女")
    SPOUSE = "spouse", _("配偶")
    PARENT = "parent", _("父母")
    OTHER = "other", _("其他亲属")


class HonourLevel(TextChoices):
    NATION = "nation", _("国家级")
    PROVINCE = "province", _("省级")
    CITY = "city", _("市级")
    SCHOOL = "school", _("校级")
    COLLEGE = "college", _("院级")


class HonourKind(TextChoices):
    PERSON = "person", _("个人")
    FAMILY = "family", _("家庭")
    TEAM = "team", _("集体")
    BRANCH = "branch", _("分工会")


class HonourState(TextChoices):
    DECLARED = "declared", _("待核实")
    CONFIRMED = "confirmed", _("已核实")
    RETURNED = "returned", _("已退回")


class HomeState(TextChoices):
    """Where a branch's yearly self-assessment stands (教工小家考核)."""

    DRAFT = "draft", _("自评中")
    SUBMITTED = "submitted", _("待校工会考核")
    SCORED = "scored", _("已考核")


class HomeGrade(TextChoices):
    FAILED = "failed", _("不合格")
    PASSED = "passed", _("合格")
    ADVANCED = "advanced", _("先进")
    MODEL = "model", _("模范")


class PairingKind(TextChoices):
    """What two members are paired for."""

    MASTER = "master", _("师徒结对")
    BLUE = "blue", _("青蓝工程")
    MOTHERS = "mothers", _("丁香妈妈")
    HELP = "help", _("结对帮扶")
