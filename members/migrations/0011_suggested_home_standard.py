"""The sheet that a school starts from: the first four blocks as REGULATIONS.md 9 gives them, the rest suggested."""

from django.db import migrations

# (条件, 内容, 标准分); 组织建设 17, 民主管理 15, 队伍建设 14, 思想教育 11, the others make it 100.
LINES = (
    ("组织建设", "分工会委员会健全，按期换届，分工明确", 6),
    ("组织建设", "会员档案齐全，会费按时收缴", 5),
    ("组织建设", "有年度计划和总结，会议记录完整", 6),
    ("民主管理", "二级教代会或教职工大会每年召开，程序规范", 6),
    ("民主管理", "涉及教职工利益的事项经讨论并公开", 5),
    ("民主管理", "提案和意见有答复、有落实", 4),
    ("队伍建设", "工会干部参加培训，熟悉业务", 5),
    ("队伍建设", "青年教工培养和师徒结对有成效", 5),
    ("队伍建设", "积极分子队伍稳定，作用明显", 4),
    ("思想教育", "理论学习和师德师风教育有安排、有记录", 6),
    ("思想教育", "宣传报道及时", 5),
    ("维权服务", "慰问、帮扶及时到位，台账清楚", 8),
    ("维权服务", "关心教职工身心健康，反映合理诉求", 7),
    ("文体活动", "全年开展文体活动，参与面广", 9),
    ("文体活动", "有一项品牌活动或特色社团", 5),
    ("阵地建设", "有固定活动场所，设施完好，管理有序", 8),
    ("经费管理", "经费使用合规、公开，手续齐全", 6),
)
NAME = "教工小家考核标准（建议）"


def add(apps, schema_editor):
    here = schema_editor.connection.alias  # the owner's: the application has no right to these tables yet
    criteria = apps.get_model("members", "HomeCriterion")
    made = apps.get_model("members", "HomeStandard").objects.using(here).create(name=NAME, from_year=2012, decided_by="建议值：参照高校教工小家考核办法")
    criteria.objects.using(here).bulk_create(
        criteria(standard=made, position=number, block=block, content=content, points=points)
        for number, (block, content, points) in enumerate(LINES, start=1)
    )


def remove(apps, schema_editor):
    """Refused by the foreign keys as soon as a branch was assessed by it."""
    here = schema_editor.connection.alias
    apps.get_model("members", "HomeCriterion").objects.using(here).filter(standard__name=NAME).delete()
    apps.get_model("members", "HomeStandard").objects.using(here).filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("members", "0010_staff_homes")]

    operations = [migrations.RunPython(add, remove)]
