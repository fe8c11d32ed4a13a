"""The rules that every union starts with; a clerk changes or switches them off in the admin."""

from django.db import migrations

FESTIVALS = ["元旦", "春节", "清明", "劳动节", "端午节", "中秋节", "国庆节"]
CODES = ["new-year", "spring-festival", "qingming", "labour-day", "dragon-boat", "mid-autumn", "national-day"]

BIRTHDAY = {
    "name": "会员生日提醒",
    "kind": "birthday",
    "occasion": "",
    "offset_days": 7,
    "audience": "members",
    "channels": ["inbox", "email"],
    "subject": "{name}老师，您的生日快到了",
    "body": "{name}老师：\n\n{date}是您的生日。感谢您一年来的辛勤工作，校工会和{branch}分工会祝您生日快乐！",
    "skip_after_days": 7,
}


def prepare(festival: str) -> dict:
    return {
        "name": f"{festival}慰问准备",
        "kind": "festival",
        "occasion": festival,
        "offset_days": 14,
        "audience": "staff",
        "channels": ["inbox", "email"],
        "subject": "{occasion}慰问准备：距{date}还有{days}天",
        "body": "{name}：\n\n{date}是{occasion}，还有{days}天。请核对享受人员名单，落实慰问品的采购和发放。",
        "skip_after_days": 13,
    }


def greet(festival: str) -> dict:
    # 清明 is a day of remembrance: nobody wishes anybody joy.
    wish = "愿我们慎终追远，平安出行。" if festival == "清明" else "祝您和家人节日快乐、身体健康！"
    return {
        "name": f"{festival}问候",
        "kind": "festival",
        "occasion": festival,
        "offset_days": 0,
        "audience": "members",
        "channels": ["inbox", "email"],
        "subject": "校工会{occasion}问候",
        "body": "{name}老师：\n\n值此{occasion}之际，校工会向您致以诚挚的问候。" + wish,
        "skip_after_days": 2,
    }


def add_rules(apps, schema_editor):
    rules = apps.get_model("notices", "ReminderRule").objects.using(schema_editor.connection.alias)
    rules.get_or_create(code="birthday", defaults=BIRTHDAY)
    for festival, code in zip(FESTIVALS, CODES, strict=True):
        rules.get_or_create(code=f"{code}-prepare", defaults=prepare(festival))
        rules.get_or_create(code=f"{code}-greeting", defaults=greet(festival))


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    # Backwards nothing: reminders may already hang on the rules, and 0001 drops the table anyway.
    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
