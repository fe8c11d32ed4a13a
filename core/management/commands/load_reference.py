"""``load_reference``: policy presets, the calendar, the apps' own lists. After every upgrade; edits stay."""

from django.core.management.base import BaseCommand

from core import reference
from core.presets import load_calendar, load_rules


class Command(BaseCommand):
    help = "载入参考数据：各省政策参数预设、节假日与调休、会计科目等。可重复运行，人工改动、终止或删除过的不会恢复。"

    def handle(self, *args, **options) -> None:
        days, rules = load_calendar(), load_rules()
        lists = reference.load_all()
        if not options["verbosity"]:
            return
        self.stdout.write(
            f"节假日与调休：新增 {days} 天；政策参数：新增 {rules.added} 条，终止旧版 {rules.ended} 条。"
        )
        for title, rows in lists.items():
            self.stdout.write(f"{title}：新增 {rows} 条。")
        for rule in rules.aside:
            self.stdout.write(
                f"未载入（本校已另有规定）：{rule.key} {rule.place} {rule.from_on}（{rule.decided_by}）"
            )
