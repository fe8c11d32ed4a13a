"""The columns that every union's notice board starts with."""

from django.db import migrations

COLUMNS = ("通知公告", "工会新闻", "政策制度", "校务公开")


def add(apps, schema_editor) -> None:
    column = apps.get_model("notices", "NewsColumn")
    for position, name in enumerate(COLUMNS, start=1):
        column.objects.using(schema_editor.connection.alias).get_or_create(name=name, defaults={"position": position})


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_announcements")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
