"""Three rules about what lies ready and was not fetched: to each one before the last day, to his officer around it."""

from django.db import migrations

ALL = {"kind": "source", "repeat": "once", "skip_after_days": 2}
RULES = {
    "benefit-unfetched": {
        "name": "福利领取提醒",
        "source": "welfare.unfetched",
        "offset_days": 3,
        "timing": "before",
        "audience": "members",
        "channels": ["inbox", "email"],
        "subject": "请在{date}前领取{about}",
        "body": "{name}老师：\n\n{about}还没有领取，{date}截止。请到领取点领取；本人不便的，可以请人代领。",
    },
    "benefit-unfetched-branch": {
        "name": "福利未领催办",
        "source": "welfare.unfetched_by_branch",
        "offset_days": 3,
        "timing": "before",
        "audience": "staff",
        "channels": ["inbox", "email"],
        "subject": "福利领取将截止：{about}",
        "body": "{name}：\n\n{about}，{date}截止领取。名单见“福利领取登记”，请提醒未领的会员。",
    },
    "benefit-unfetched-after": {
        "name": "福利逾期未领",
        "source": "welfare.unfetched_by_branch",
        "offset_days": 1,
        "timing": "after",
        "audience": "staff",
        "channels": ["inbox"],
        "subject": "福利逾期未领：{about}",
        "body": "{name}：\n\n{about}，领取已于{date}截止。请与校工会联系，转给他人或核销。",
    },
}


def add_rules(apps, schema_editor):
    rules = apps.get_model("notices", "ReminderRule").objects.using(schema_editor.connection.alias)
    for code, facts in RULES.items():
        rules.get_or_create(code=code, defaults=ALL | facts)


def drop_rules(apps, schema_editor):
    """Those that nothing hangs on."""
    rules = apps.get_model("notices", "ReminderRule").objects.using(schema_editor.connection.alias)
    rules.filter(code__in=RULES, reminders__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_segment_audience")]

    operations = [migrations.RunPython(add_rules, drop_rules)]
