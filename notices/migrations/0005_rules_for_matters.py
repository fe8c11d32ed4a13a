"""Two rules about matters that every union has: who retires soon, and applications that wait."""

from django.db import migrations

RULES = {
    "retirement-due": {
        "name": "会员到龄退休提醒",
        "kind": "source",
        "source": "members.retirement_due",
        "repeat": "once",
        "offset_days": 60,
        "timing": "before",
        "audience": "staff",
        "channels": ["inbox"],
        "subject": "{about}即将到龄退休",
        "body": "{name}：\n\n{about}即将到龄退休（{date}）。请核对信息，准备退休会员欢送，到期办理会籍变动。",
        "skip_after_days": 30,
    },
    "applications-waiting": {
        "name": "入会申请催办",
        "kind": "source",
        "source": "members.applications_waiting",
        "repeat": "every",
        "every_days": 7,
        "offset_days": 5,
        "timing": "after",
        "audience": "staff",
        "channels": ["inbox", "email"],
        "subject": "入会申请待审核：{about}",
        "body": "{name}：\n\n{about}的入会申请已等待{days}天，请登录系统审核。",
        "skip_after_days": 7,
    },
}


def add_rules(apps, schema_editor):
    rules = apps.get_model("notices", "ReminderRule").objects.using(schema_editor.connection.alias)
    for code, facts in RULES.items():
        rules.get_or_create(code=code, defaults=facts)


def drop_rules(apps, schema_editor):
    """Those that nothing hangs on; with others 0003 refuses to go back, which knows no such kind."""
    rules = apps.get_model("notices", "ReminderRule").objects.using(schema_editor.connection.alias)
    rules.filter(kind="source", reminders__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_messages_told_once")]

    operations = [migrations.RunPython(add_rules, drop_rules)]
