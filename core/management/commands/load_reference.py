"""``load_reference``: policy presets and the calendar. Run it after every upgrade; what people changed stays."""

from django.core.management.base import BaseCommand

from core.presets import load_calendar, load_rules


class Command(BaseCommand):
    help = "载入参考数据：各省政策参数预设、节假日与调休。可重复运行，人工改动、终止或删除过的不会恢复。"

    def handle(self, *args, **options) -> None:
        days, rules = load_calendar(), load_rules()
        if not options["verbosity"]:
            return
        self.stdout.write(
            f"节假日与调休：新增 {days} 天；政策参数：新增 {rules.added} 条，终止旧版 {rules.ended} 条。"
        )
        for rule in rules.aside:
            self.stdout.write(
                f"未载入（本校已另有规定）：{rule.key} {rule.place} {rule.from_on}（{rule.decided_by}）"
            )
